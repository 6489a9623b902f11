"""The tree of a mail's parts into readable segments and files. Nothing is dropped."""

import hashlib
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import Any, TypeAlias

from app.conversations.reading import html as markup
from app.conversations.reading.charsets import Notes, decode
from app.conversations.reading.filenames import given_name, safe_name
from app.conversations.reading.flatten import as_bytes, kept_bytes, untouched
from app.conversations.reading.flowed import unflowed
from app.conversations.reading.headers import decoded, header, parameter
from app.conversations.reading.media import media_type
from app.conversations.reading.message import Attachment
from app.conversations.reading.transfer import body_bytes

Part: TypeAlias = "Message[str, str]"
# A mail inside a mail inside a mail is read so far down; deeper ones stay whole, as a file.
DEEPEST = 8


@dataclass
class Segment:
    """One stretch of the letter: its text, its HTML, or both forms of the same thing."""

    text: str = ""
    html: str = ""

    def readable(self) -> str:
        """The text, made from the HTML where there is none."""
        return self.text if self.text.strip() or not self.html else markup.text_of(self.html)


@dataclass
class Contents:
    """What was found in the parts of one mail, in its order."""

    notes: Notes
    segments: list[Segment] = field(default_factory=list)
    files: list[Attachment] = field(default_factory=list)

    def attach(self, content: bytes, claimed: str, name: str, *, inline: bool = False) -> None:
        """Keep a file."""
        kind = media_type(content, claimed)
        if kind != claimed and claimed not in ("application/octet-stream", "image/jpg", "image/heif"):
            self.notes.add("a file that is not of the type it claims")
        filename = safe_name(name, kind, len(self.files) + 1)
        digest = hashlib.sha256(content).hexdigest()
        self.files.append(
            Attachment(filename=filename, media_type=kind, content=content, sha256=digest, inline=inline)
        )


def contents(message: Part, notes: Notes) -> Contents:
    """The segments and files of a mail, and of the mails attached to it."""
    found = Contents(notes)
    _read(message, found, depth=0, report=False)
    return found


def _read(part: Part, found: Contents, *, depth: int, report: bool) -> None:
    for defect in part.defects:
        found.notes.add(_words(type(defect).__name__))
    payload = untouched(part)
    main, sub = part.get_content_maintype(), part.get_content_subtype()
    if main == "message" and isinstance(payload, list):
        _read_message(part, found, depth=depth, report=report)
    elif isinstance(payload, list):
        _read_multipart(part, payload, found, depth=depth, report=report or sub == "report")
    else:
        _read_leaf(part, found)


def _words(defect: str) -> str:
    """A defect of the standard library in words: MissingHeaderBodySeparatorDefect."""
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in defect)
    return spaced.removesuffix(" defect").strip()


def _read_multipart(part: Part, payload: list[Any], found: Contents, *, depth: int, report: bool) -> None:
    before = len(found.segments)
    for child in payload:
        _read(child, found, depth=depth, report=report)
    if part.get_content_subtype() == "alternative":
        found.segments[before:] = _one_of_alternatives(found.segments[before:])
    epilogue = kept_bytes(part.epilogue)
    if epilogue.strip():
        found.notes.add("text after the last part")
        found.segments.append(Segment(text=decode(epilogue, None, found.notes)))


def _one_of_alternatives(segments: list[Segment]) -> list[Segment]:
    text = "\n\n".join(one.text for one in segments if one.text.strip())
    html = "\n".join(one.html for one in segments if one.html.strip())
    return [Segment(text=text, html=html)] if text or html else []


def _read_leaf(part: Part, found: Contents) -> None:
    content = _content(part, found.notes)
    kind = part.get_content_type() if part.get_content_maintype() != "multipart" else "text/plain"
    name = given_name(part, found.notes)
    disposition = (part.get_content_disposition() or "").strip()
    if kind in ("text/plain", "text/html") and not name and disposition != "attachment":
        _read_text(part, content, kind, found)
    elif content.strip() or name or disposition == "attachment":
        inline = disposition == "inline" or (not disposition and bool(header(part, "Content-ID")))
        found.attach(content, kind, name, inline=inline)


def _read_text(part: Part, content: bytes, kind: str, found: Contents) -> None:
    # Some programs label a PDF or a photo as text and give it no name.
    if media_type(content, "") not in ("", "application/pdf") or content.startswith(b"%PDF-"):
        found.attach(content, kind, "")
        return
    text = decode(content, parameter(part, "charset"), found.notes)
    if kind == "text/html":
        _read_html(text, content, found)
        return
    if parameter(part, "format").lower() == "flowed":
        text = unflowed(text, delete_space=parameter(part, "delsp").lower() == "yes")
    if text.strip():
        found.segments.append(Segment(text=text.strip("\n")))


def _read_html(text: str, content: bytes, found: Contents) -> None:
    clean = markup.cleaned(text, found.notes) if len(text) <= markup.LARGEST else None
    if clean is None:
        found.notes.add("HTML kept as a file instead of being shown")
        found.attach(content, "text/html", "message.html")
    elif clean.strip():
        found.segments.append(Segment(html=clean))


def _content(part: Part, notes: Notes) -> bytes:
    raw = kept_bytes(untouched(part))
    return body_bytes(raw, header(part, "Content-Transfer-Encoding"), notes)


def _read_message(part: Part, found: Contents, *, depth: int, report: bool) -> None:
    """A message/* part is kept as a file; a mail's own files come too, and its text unless it is a report."""
    kind, notes = part.get_content_type(), found.notes
    inner, *more = [one for one in untouched(part) if isinstance(one, Message)] or [Message()]
    raw = b"\n".join(as_bytes(one) for one in (inner, *more))
    encoding = header(part, "Content-Transfer-Encoding").strip().lower()
    if encoding in ("base64", "quoted-printable"):
        # Not allowed by RFC 2046, yet seen: the parser took the encoded text for the inner mail's body.
        raw = body_bytes(raw.lstrip(b"\r\n"), encoding, notes)
        inner = message_from_bytes(raw, policy=part.policy)
    is_mail = kind in ("message/rfc822", "message/global")
    title = decoded(header(inner, "Subject"), notes).replace("/", "-")[:80] or "message"
    found.attach(raw, kind, given_name(part, notes) or (f"{title}.eml" if is_mail else ""))
    if not is_mail:
        return
    if depth >= DEEPEST:
        notes.add("mails inside mails, deeper than 8")
        return
    _read_inner(inner, found, depth=depth + 1, report=report)


def _read_inner(inner: Part, found: Contents, *, depth: int, report: bool) -> None:
    before = len(found.segments)
    _read(inner, found, depth=depth, report=report)
    if report:
        # What a bounce returns is our own letter, not what the sender says.
        del found.segments[before:]
