"""Reports of mail servers about a letter of ours in the standard form (RFC 3464); `bounce_forms` knows the others."""

from email.message import Message

from app.conversations.reading import bounce_forms
from app.conversations.reading.charsets import Notes, plain
from app.conversations.reading.flatten import as_bytes, content_bytes, untouched
from app.conversations.reading.headers import decoded, header, message_ids, parsed
from app.conversations.reading.message import Address, Attachment, Bounce
from app.conversations.reading.transfer import body_bytes

_REPORTS = ("message/delivery-status", "message/global-delivery-status")
_WORST_FIRST = ("failed", "delayed", "")


def find_bounce(
    message: "Message[str, str]",
    people: tuple[tuple[Address, ...], tuple[Address, ...]],
    text: str,
    files: tuple[Attachment, ...],
    notes: Notes,
) -> Bounce | None:
    """The report in a mail, None when it is none. `people` are its senders and its recipients."""
    parts = list(message.walk())
    report = next((part for part in parts if part.get_content_type() in _REPORTS), None)
    subject = decoded(header(message, "Subject"), notes)
    returned = _returned_id(parts, text, files)
    if report is None and not bounce_forms.is_report(
        message, people[0], subject, text, returned=bool(returned)
    ):
        return None
    other = bounce_forms.read_report(message, people, subject, text, returned)
    return _standard(report, other, notes) if report is not None else other


def _standard(part: "Message[str, str]", other: Bounce, notes: Notes) -> Bounce:
    """What the part says; where it is silent, what the rest of the mail says (`other`)."""
    # The first block is about the report, each further one about a recipient.
    about = [one for one in _blocks(part, notes) if one.get("Final-Recipient") or one.get("Action")]
    if not about:
        return other
    worst = min(about, key=lambda one: _rank(_action(one)))
    status = header(worst, "Status").split("(")[0].split()
    diagnostic = decoded(_after_type(header(worst, "Diagnostic-Code")), notes)
    return Bounce(
        recipient=_recipient(worst) or other.recipient,
        status=status[0][:20] if status else "",
        action=_action(worst),
        diagnostic=(diagnostic or other.diagnostic)[:1000],
        message_id=other.message_id,
    )


def _recipient(block: "Message[str, str]") -> str:
    """The address we wrote to if the server knows it, else the one it had in the end."""
    stated = [
        _after_type(header(block, name)).strip("<> ") for name in ("Original-Recipient", "Final-Recipient")
    ]
    addresses = [one for one in stated if bounce_forms.is_address(one)]
    return (addresses or [one for one in stated if one] or [""])[0][:320]


def _blocks(part: "Message[str, str]", notes: Notes) -> list["Message[str, str]"]:
    encoding = header(part, "Content-Transfer-Encoding").strip().lower()
    if encoding in ("base64", "quoted-printable"):
        inner = untouched(part)
        raw = b"".join(as_bytes(one) for one in inner) if isinstance(inner, list) else content_bytes(part)
        text = body_bytes(raw.lstrip(b"\r\n"), encoding, notes)
        policy = part.policy
        return [parsed(block, policy) for block in text.replace(b"\r\n", b"\n").split(b"\n\n")[:100]]  # type: ignore[arg-type]  # its messages are of our own class
    return [block for block in untouched(part) or () if isinstance(block, Message)]


def _action(block: "Message[str, str]") -> str:
    return header(block, "Action").split("(")[0].strip().lower()[:20]


def _rank(action: str) -> int:
    return _WORST_FIRST.index(action) if action in _WORST_FIRST else len(_WORST_FIRST)


def _after_type(value: str) -> str:
    """What follows "rfc822;" or "smtp;"."""
    return plain(value.partition(";")[2] or value).strip()


def _returned_id(parts: list["Message[str, str]"], text: str, files: tuple[Attachment, ...]) -> str:
    """The Message-ID of the letter that comes back: whole, its headers only, as a file, or inside the text."""
    for part in parts[1:]:
        if part.get_content_type() != "text/rfc822-headers" and (
            ids := message_ids(header(part, "Message-ID"))
        ):
            return ids[0]
    for file in files[:20]:
        if file.media_type.startswith(("text/", "message/", "application/octet-stream")):
            start = file.content[:100_000].decode("utf-8", "replace")
            if found := bounce_forms.id_in(start):
                return found
    return bounce_forms.id_in(text)
