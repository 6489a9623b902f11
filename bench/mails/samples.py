"""The mails of the benchmark: every one from a person of its own, the same in every run."""

from __future__ import annotations

import random
from email.message import EmailMessage
from email.policy import SMTP

PAPERS = (
    ("passport.jpg", "image", "jpeg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"),
    ("kitas.pdf", "application", "pdf", b"%PDF-1.7\n"),
    ("hr-letter.pdf", "application", "pdf", b"%PDF-1.4\n"),
)
# Three of these in base64 make a mail of 0.9 MB.
PAPER_BYTES = 222_000
LETTER = """Dear team,

I would like to register for a digital certificate. {what}
My number is +62 812 3456 {number:04d}.

Kind regards,
{name}
"""


def dossier(number: int) -> bytes:
    """A mail of 0.9 MB with three papers, as a telephone or a scanner makes them: nothing in them repeats."""
    message = _letter(number, "applicant", "My passport, KITAS and letter of employment are attached.")
    dice = random.Random(number)
    for filename, main, sub, beginning in PAPERS:
        content = beginning + dice.randbytes(PAPER_BYTES)
        message.add_attachment(content, maintype=main, subtype=sub, filename=filename)
    return message.as_bytes(policy=SMTP)


def plain(number: int) -> bytes:
    """A question without files."""
    return _letter(number, "asker", "Which documents do you need from me?").as_bytes(policy=SMTP)


def _letter(number: int, who: str, what: str) -> EmailMessage:
    message = EmailMessage()
    name, address = f"{who.title()} Number {number}", f"{who}{number}@utopia.example"
    message["Authentication-Results"] = "localhost; dmarc=pass header.from=utopia.example"
    message["From"] = f"{name} <{address}>"
    message["To"] = "support@xignature.co.id"
    message["Subject"] = f"Registration of {name}"
    message["Date"] = "Thu, 26 Nov 2026 09:00:00 +0700"
    message["Message-ID"] = f"<{who}.{number}@utopia.example>"
    message.set_content(LETTER.format(what=what, number=number % 10_000, name=name))
    return message
