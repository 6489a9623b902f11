"""The tree of a mail's parts into readable segments and files. Nothing is dropped."""

import re
from email.message import Message
from typing import Any, TypeAlias

from app.conversations.reading.charsets import Notes, decode
from app.conversations.reading.contents import Contents
from app.conversations.reading.filenames import given_name
from app.conversations.reading.flatten import as_bytes, content_bytes, epilogue_bytes, untouched
from app.conversations.reading.headers import IndexedMessage, decoded, header, parameter, parsed
from app.conversations.reading.inside import Inside
from app.conversations.reading.signed import ENCRYPTED
from app.conversations.reading.texts import disposition_of, is_letter, is_mislabelled, read_beside, read_text
from app.conversations.reading.transfer import body_bytes
from app.conversations.reading.unpack import unpacked

Part: TypeAlias = "Message[str, str]"
# A mail inside a mail inside a mail is read so far down; deeper ones stay whole, as a file.
DEEPEST = 8
# A line that begins with two dashes and has a header of a part below it.
_BOUNDARY = re.compile(
    rb"^--([^\s\r\n][^\r\n]{0,100}?)[ \t]*\r?\n(?:Content-[\w-]{1,60}:|MIME-Version:)",
    re.MULTILINE | re.IGNORECASE,
)
_TOO_DEEP = "mails inside mails, deeper than 8"


def contents(message: Part, notes: Notes) -> Contents:
    """The segments and files of a mail, and of the mails attached to it."""
    walk = _Walk(Contents(notes), message.policy)
    walk.read(message, depth=0, report=False)
    return walk.found


class _Walk:
    """One walk through the tree. `depth` counts mails and archives inside each other; `report` is true in a bounce."""

    def __init__(self, found: Contents, policy: Any) -> None:
        self.found = found
        self.policy = policy
        # Each costs another parse of what may be the whole mail.
        self.cuts_left = 4

    def read(self, part: Part, *, depth: int, report: bool) -> None:
        for defect in part.defects:
            self.found.notes.add(_words(type(defect).__name__))
        payload = untouched(part)
        main, sub = part.get_content_maintype(), part.get_content_subtype()
        if main == "multipart" and isinstance(payload, str):
            payload = self._cut_again(part, content_bytes(part)) or payload
        if main == "message" and isinstance(payload, list):
            self._message(part, depth=depth, report=report)
        elif isinstance(payload, list):
            self._multipart(part, payload, depth=depth, report=report or sub == "report")
        else:
            self._leaf(part, depth=depth, report=report)

    def _multipart(self, part: Part, payload: list[Any], *, depth: int, report: bool) -> None:
        before = len(self.found.segments)
        if part.get_content_subtype() == "encrypted":
            self.found.notes.add(ENCRYPTED)
        for child in payload:
            self.read(child, depth=depth, report=report)
        if part.get_content_subtype() == "alternative":
            self.found.choose_one(before)
        epilogue = epilogue_bytes(part)
        more = self._cut_again(part, epilogue)
        for child in more or ():
            self.read(child, depth=depth, report=report)
        if more is None:
            self.found.say_epilogue(epilogue)

    def _cut_again(self, part: Part, content: bytes) -> list[Any] | None:
        """The parts in a content in which the parser found none: some programs state another boundary than they write."""
        mark = _BOUNDARY.search(content)
        if mark is None or self.cuts_left < 1:
            return None
        self.cuts_left -= 1
        boundary = mark[1].replace(b"\\", b"\\\\").replace(b'"', b'\\"')
        again = parsed(
            b'Content-Type: multipart/mixed; boundary="%s"\n\n%s' % (boundary, content), self.policy
        )
        children = untouched(again)
        if not isinstance(children, list):
            return None
        self.found.notes.add("parts that are not divided as the mail says")
        self.found.say(decode(content[: mark.start()], None, self.found.notes))
        before = untouched(part)
        part.set_payload([*before, *children] if isinstance(before, list) else children)
        return children

    def _leaf(self, part: Part, *, depth: int, report: bool) -> None:
        content = body_bytes(content_bytes(part), header(part, "Content-Transfer-Encoding"), self.found.notes)
        kind = part.get_content_type() if part.get_content_maintype() != "multipart" else "text/plain"
        name, disposition = given_name(part, self.found.notes), disposition_of(part)
        letter = is_letter(part, kind, name, self.found) and not is_mislabelled(content)
        if letter:
            read_text(part, content, kind, self.found)
        elif disposition == "inline" or kind == "text/rtf":
            read_beside(content, kind, parameter(part, "charset"), self.found)
        if name or disposition == "attachment" or (content.strip() and not letter):
            inline = disposition == "inline" or (not disposition and bool(header(part, "Content-ID")))
            self._keep(content, kind, name, inline=inline, depth=depth, report=report)

    def _keep(self, content: bytes, kind: str, name: str, *, inline: bool, depth: int, report: bool) -> None:
        """Keep a file, and what it holds inside."""
        file = self.found.attach(content, kind, name, inline=inline)
        inside = unpacked(file, self.found.notes)
        if inside is None:
            return
        if depth >= DEEPEST:
            self.found.notes.add(_TOO_DEEP)
            return
        self._say_inside(inside, depth=depth)
        for one in inside.files:
            self._keep(one.content, one.claimed, one.name, inline=one.inline, depth=depth + 1, report=report)
        for mail in inside.mails:
            self._inner(parsed(mail, self.policy), depth=depth + 1, report=report)

    def _say_inside(self, inside: Inside, *, depth: int) -> None:
        """The body in a winmail.dat repeats the letter that stands before it; in a mail inside it, it is the only one."""
        if self.found.segments and depth == 0:
            return
        if inside.text.strip():
            self.found.say(inside.text)
        elif inside.html.strip():
            self.found.say_html(inside.html, b"")

    def _message(self, part: Part, *, depth: int, report: bool) -> None:
        """A message/* part is kept as a file; a mail's own files come too, and its text unless it is a report."""
        kind, notes = part.get_content_type(), self.found.notes
        inner, *more = [one for one in untouched(part) if isinstance(one, Message)] or [
            IndexedMessage(self.policy)
        ]
        raw = b"\n".join(as_bytes(one) for one in (inner, *more))
        encoding = header(part, "Content-Transfer-Encoding").strip().lower()
        if encoding in ("base64", "quoted-printable"):
            # Not allowed by RFC 2046, yet seen: the parser took the encoded text for the inner mail's body.
            raw = body_bytes(raw.lstrip(b"\r\n"), encoding, notes)
            inner = parsed(raw, self.policy)
        is_mail = kind in ("message/rfc822", "message/global")
        title = decoded(header(inner, "Subject"), notes).replace("/", "-")[:80] or "message"
        self.found.attach(raw, kind, given_name(part, notes) or (f"{title}.eml" if is_mail else ""))
        if is_mail and depth >= DEEPEST:
            notes.add(_TOO_DEEP)
        elif is_mail:
            self._inner(inner, depth=depth + 1, report=report)

    def _inner(self, inner: Part, *, depth: int, report: bool) -> None:
        before = len(self.found.segments)
        self.read(inner, depth=depth, report=report)
        if report:
            # What a bounce returns is our own letter, not what the sender says.
            del self.found.segments[before:]


def _words(defect: str) -> str:
    """A defect of the standard library in words: MissingHeaderBodySeparatorDefect."""
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in defect)
    return spaced.removesuffix(" defect").strip()
