"""What is found in the parts of a mail: stretches of the letter, and files."""

import hashlib
from dataclasses import dataclass, field

from app.conversations.reading import html as markup
from app.conversations.reading.charsets import Notes, decode
from app.conversations.reading.filenames import safe_name
from app.conversations.reading.media import is_a_lie, media_type
from app.conversations.reading.message import Attachment


@dataclass
class Segment:
    """One stretch of the letter: its text, its HTML, or both forms of the same thing. `makeshift` gives way to true HTML."""

    text: str = ""
    html: str = ""
    makeshift: bool = False

    def readable(self) -> str:
        """The text, made from the HTML where there is none."""
        return self.text if self.text.strip() or not self.html else markup.text_of(self.html)


@dataclass
class Contents:
    """What was found in the parts of one mail, in its order."""

    notes: Notes
    segments: list[Segment] = field(default_factory=list)
    files: list[Attachment] = field(default_factory=list)

    def attach(self, content: bytes, claimed: str, name: str, *, inline: bool = False) -> Attachment:
        """Keep a file."""
        kind = media_type(content, claimed)
        if is_a_lie(claimed, kind):
            self.notes.add("a file that is not of the type it claims")
        filename = safe_name(name, kind, len(self.files) + 1)
        digest = hashlib.sha256(content).hexdigest()
        file = Attachment(filename=filename, media_type=kind, content=content, sha256=digest, inline=inline)
        self.files.append(file)
        return file

    def say(self, text: str) -> None:
        """Add a stretch of plain text."""
        if text.strip():
            self.segments.append(Segment(text=text.strip("\n")))

    def say_html(self, html: str, content: bytes, *, makeshift: bool = False) -> None:
        """Add a stretch of HTML, cleaned; what cannot be cleaned is kept as a file instead, `content` as it came."""
        clean = markup.cleaned(html, self.notes) if len(html) <= markup.LARGEST else None
        if clean is None:
            self.notes.add("HTML kept as a file instead of being shown")
            self.attach(content or html.encode(), "text/html", "message.html")
        elif clean.strip():
            self.segments.append(Segment(html=clean, makeshift=makeshift))

    def choose_one(self, since: int) -> None:
        """The stretches from `since` on are forms of the same thing: keep the plain text and the best HTML."""
        forms = self.segments[since:]
        text = "\n\n".join(one.text for one in forms if one.text.strip())
        html = [one for one in forms if one.html.strip()]
        best = [one for one in html if not one.makeshift] or html
        joined = "\n".join(one.html for one in best)
        if joined and markup.points_to_html(text):
            # "Your program cannot show this mail": what the sender says stands in the HTML only.
            text = f"{text}\n\n{markup.text_of(joined)}"
        self.segments[since:] = [Segment(text=text, html=joined)] if text or joined else []

    def say_epilogue(self, epilogue: bytes) -> None:
        """Add what stands after the last part, where no program shows it."""
        if epilogue.strip():
            self.notes.add("text after the last part")
            self.segments.append(Segment(text=decode(epilogue, None, self.notes)))
