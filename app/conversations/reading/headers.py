"""Headers of a mail into text, ids, dates. Tolerant of all that real programs send."""

import binascii
import re
from email import message_from_bytes
from email.message import Message
from email.policy import Compat32
from typing import Any

from app.conversations.reading.aside import Aside
from app.conversations.reading.charset_names import codec_of
from app.conversations.reading.charsets import Notes, decode, plain
from app.conversations.reading.transfer import base64_bytes

# A header longer than this is not read further; mails of real people stay far below.
LONGEST = 131_072
# The standard library's reader of parameters takes quadratic time.
LONGEST_PARAMETERS = 16_384
_CHARSET = re.compile(rb"""charset\*?=\s*["']?([\w.-]{1,40})""", re.IGNORECASE | re.ASCII)
_WORD = re.compile(r"=\?([^?\s]{1,80})\?([bBqQ])\?")


class IndexedMessage(Message):
    """The standard library's message, which looks through all its headers whenever it is asked for one."""

    def __init__(self, policy: Any = None) -> None:
        super().__init__(policy=policy)
        self._first: dict[str, tuple[str, str]] = {}

    def set_raw(self, name: str, value: str) -> None:
        """Add a header as the parser does."""
        super().set_raw(name, value)
        self._first.setdefault(name.lower(), (name, value))

    def get(self, name: str, failobj: Any = None) -> Any:
        """The first header of that name, as the policy gives it."""
        found = self._first.get(name.lower())
        return failobj if found is None else self.policy.header_fetch_parse(*found)


class TolerantPolicy(Compat32):
    """The standard library's oldest policy, which parses anything, with raw 8-bit headers given as text.

    The newer policies raise on some real messages. Plain Compat32 hands out a Header object instead of a
    string for 8-bit headers, on which the standard library's own parser then stumbles. `tolerant` makes one
    for each mail.
    """

    notes = Notes()
    aside = Aside()

    def header_fetch_parse(self, name: str, value: str) -> str:
        """The header as it stands, one line, its raw bytes read as text."""
        longest = LONGEST_PARAMETERS if name.lower().startswith("content-") else LONGEST
        if len(value) > longest:
            self.notes.add("an overlong header, read only at its beginning")
        line = re.sub(r"\r\n|\r|\n", "", str(value[:longest]))
        # Also plain letters may hide a NUL, in a media type for instance, which no column of PostgreSQL takes.
        return plain(line) if line.isascii() else self.notes.once(line, self._read)

    def _read(self, line: str) -> str:
        return decode(line.encode("utf-8", "surrogateescape"), None, self.notes)


def tolerant(notes: Notes, raw: bytes) -> TolerantPolicy:
    """The policy to parse one mail with; mails attached to it are written with its own line ends."""
    linesep = "\r\n" if b"\r\n" in raw[:2_000] else "\n"
    named = _CHARSET.search(raw[:65_536])
    notes.likely = codec_of(named[1].decode()) if named else None
    return TolerantPolicy(linesep=linesep, notes=notes, aside=Aside(), message_factory=IndexedMessage)  # type: ignore[call-arg]  # Policies take any attribute they have.


def parsed(raw: bytes, policy: TolerantPolicy) -> "Message[str, str]":
    """The tree of a mail's parts. Their content is had by `flatten.content_bytes`."""
    return message_from_bytes(policy.aside.shorter(raw), policy=policy)


def header(message: "Message[str, str]", name: str) -> str:
    """The first header of that name, encoded words still encoded; "" when there is none."""
    return str(message.get(name, ""))


def parameter(message: "Message[str, str]", name: str) -> str:
    """A parameter of the Content-Type, "" when there is none or it cannot be read."""
    try:
        value = message.get_param(name, "")
    except Exception:  # noqa: BLE001  The standard library raises many things on broken parameters.
        return ""
    return str(value[2] if isinstance(value, tuple) else value)


def decoded(value: str, notes: Notes) -> str:
    """A header's text with its encoded words (RFC 2047) read, also when they break the rules."""
    pieces: list[str] = []
    pending = _Pending()
    at = 0
    while (word := _WORD.search(value, at)) and (end := value.find("?=", word.end())) >= 0:
        between = value[at : word.start()]
        if between.strip() or not pending.raw:
            pieces += [pending.text(notes), between]
        pending.take(
            word[1].partition("*")[0], _word_bytes(word[2], value[word.end() : end], notes), pieces, notes
        )
        at = end + 2
    return (
        plain("".join([*pieces, pending.text(notes), value[at:]]))
        .replace("\n", " ")
        .replace("\t", " ")
        .strip()
    )


class _Pending:
    """Neighbouring encoded words of one charset, joined as bytes first, since some split a character."""

    def __init__(self) -> None:
        self.label = ""
        self.raw = b""

    def take(self, label: str, raw: bytes, pieces: list[str], notes: Notes) -> None:
        if label.lower() != self.label:
            pieces.append(self.text(notes))
        self.label = label.lower()
        self.raw += raw

    def text(self, notes: Notes) -> str:
        raw, self.raw = self.raw, b""
        return decode(raw, self.label, notes) if raw else ""


def _word_bytes(encoding: str, text: str, notes: Notes) -> bytes:
    raw = text.encode("utf-8", "surrogateescape")
    if encoding in "bB":
        return base64_bytes(raw, notes)
    return binascii.a2b_qp(raw.replace(b" ", b"_"), header=True)


def own_id(value: str) -> str | None:
    """The Message-ID of a mail, also one that lacks what every id has."""
    found = message_ids(value)
    bare = re.sub(r"[\s<>]+", "", plain(value))
    return found[0] if found else _id_of(bare) if bare else None


def message_ids(value: str) -> tuple[str, ...]:
    """The ids in a Message-ID, In-Reply-To or References header, each once, with their angle brackets."""
    found = re.findall(r"<([^<>]{1,998})>", value)
    # Some programs fold inside an id, which leaves white space in it.
    tidy = [re.sub(r"\s+", "", plain(one)) for one in found]
    bare = [plain(word) for word in value.split() if "@" in word] if not found else []
    return tuple(dict.fromkeys(_id_of(one) for one in tidy + bare if one))


def _id_of(inner: str) -> str:
    """At most what one line of a mail holds (RFC 5322, 2.1.1), in octets: no index of PostgreSQL takes three times as many."""
    return f"<{inner.encode('utf-8', 'replace')[:996].decode('utf-8', 'ignore')}>"
