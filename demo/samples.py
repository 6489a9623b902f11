"""Three sample letters to the support mailbox, and more of them: invented people of Utopia with drawn documents.

`python -m demo.samples --post` sends the first three, `--another` the next one of an endless, repeatable series.
"""

from __future__ import annotations

import argparse
import random
import smtplib
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from email.message import EmailMessage
from email.utils import formataddr, formatdate, make_msgid
from pathlib import Path

from config import Settings, SettingsError
from demo import drawings
from demo.local_only import NotLocal, insist_on_local
from demo.person import Person

# Name as its owner writes it, then surname and given names as a passport prints them. All are invented.
NAMES = (
    ("Anna Maria Eriksson", "ERIKSSON", "ANNA MARIA"),
    ("Tomás Núñez Ibarra", "NUNEZ IBARRA", "TOMAS"),
    ("이서연", "LEE", "SEOYEON"),
    ("Наталья Воронцова", "VORONTSOVA", "NATALIA"),
    ("田中 美咲", "TANAKA", "MISAKI"),
    ("Zeynep Çağlayan", "CAGLAYAN", "ZEYNEP"),
    ("ليلى الحداد", "ALHADDAD", "LAYLA"),
    ("अनन्या शर्मा", "SHARMA", "ANANYA"),
    ("Nguyễn Thị Hạnh", "NGUYEN", "THI HANH"),
    ("Sukarti", "SUKARTI", ""),
    ("Ελένη Παππά", "PAPPA", "ELENI"),
    ("陳志明", "CHEN", "CHIH MING"),
    ("Søren Ødegård", "OEDEGAARD", "SOREN"),
    ("תמר לוי", "LEVI", "TAMAR"),
    ("สมชาย ใจดี", "JAIDEE", "SOMCHAI"),
    ("Aoife O’Sullivan", "OSULLIVAN", "AOIFE"),
)
EMPLOYERS = ("PT Contoh Jaya", "PT Samudra Percontohan", "PT Teknologi Rekaan", "CV Kopi Khayalan")
COMPLETE, WITHOUT_KITAS, QUESTION = "complete", "without KITAS", "question"
KINDS = (COMPLETE, WITHOUT_KITAS, QUESTION)


@dataclass(frozen=True)
class Sample:
    """One sample letter: what it is about, who writes it and the message itself."""

    kind: str
    person: Person
    message: EmailMessage


def build(number: int, support_address: str, today: date) -> Sample:
    """Build sample `number` (from 0). The same number gives the same person and kind on every machine."""
    person = _person(number, today)
    kind = KINDS[number % len(KINDS)]
    message = _question(person) if kind == QUESTION else _dossier(person, with_kitas=kind == COMPLETE)
    message["From"] = formataddr((person.name, person.email))
    message["To"] = support_address
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain="utopia.example")
    return Sample(kind, person, message)


def post(sample: Sample, settings: Settings) -> None:
    """Hand the sample to the local mail server by SMTP. Raises NotLocal for any other server."""
    insist_on_local(settings)
    with smtplib.SMTP(settings.smtp.host, settings.smtp.port, timeout=30) as server:
        server.send_message(sample.message, from_addr=sample.person.email)


def _person(number: int, today: date) -> Person:
    dice = random.Random(f"xignature {number}")
    name, surname, given = NAMES[number % len(NAMES)]
    local = f"{given or surname}.{surname}".lower().replace(" ", ".") + (
        str(number) if number >= len(NAMES) else ""
    )
    return Person(
        name=name,
        surname=surname,
        given_names=given,
        sex=dice.choice("FM"),
        born=date(1974, 1, 1) + timedelta(days=dice.randrange(9000)),
        passport_number="U" + "".join(dice.choices("0123456789", k=7)),
        passport_expires=today + timedelta(days=dice.randrange(1500, 3000)),
        kitas_number=f"2C{dice.choice('12')}1JE{dice.randrange(1000, 9999)}-{dice.choice('KLMN')}",
        kitas_expires=today + timedelta(days=dice.randrange(400, 700)),
        email=f"{local}@utopia.example",
        phone=f"+62 812 {dice.randrange(1000, 9999)} {dice.randrange(1000, 9999)}",
        employer=dice.choice(EMPLOYERS),
    )


def _dossier(person: Person, *, with_kitas: bool) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "Registration for a digital certificate"
    papers = "my passport, KITAS, HR letter and selfie" if with_kitas else "my passport, HR letter and selfie"
    note = "" if with_kitas else "My KITAS is being renewed, I will send it later.\n"
    message.set_content(
        f"Dear Xignature team,\n\nI work at {person.employer} and would like to register for an account.\n"
        f"Please find attached {papers}.\n{note}My cell phone number is {person.phone}.\n\n"
        f"Kind regards,\n{person.name}\n"
    )
    attach = message.add_attachment
    attach(drawings.passport(person), maintype="image", subtype="jpeg", filename="passport.jpg")
    if with_kitas:
        attach(drawings.kitas(person), maintype="application", subtype="pdf", filename="kitas.pdf")
    attach(drawings.hr_letter(person), maintype="application", subtype="pdf", filename="hr-letter.pdf")
    attach(drawings.selfie(person), maintype="image", subtype="jpeg", filename="selfie.jpg")
    return message


def _question(person: Person) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "Why did I not receive my activation email?"
    message.set_content(
        "Hello,\n\nI registered yesterday, but the activation email did not arrive. Where should I look for it, and\n"
        f"from which address does it come?\n\nThank you,\n{person.name}\n"
    )
    return message


def _posted_so_far(settings: Settings) -> int:
    file = _memory(settings)
    return int(file.read_text()) if file.exists() else 0


def _memory(settings: Settings) -> Path:
    return settings.data_dir / "samples-posted"


def post_next(settings: Settings) -> Sample:
    """Post the next sample of the series and return it; how many were posted is kept in the data folder."""
    number = _posted_so_far(settings)
    sample = build(number, settings.support_address, date.today())  # noqa: DTZ011
    post(sample, settings)
    _memory(settings).write_text(str(number + 1))
    return sample


def post_first(settings: Settings) -> list[Sample]:
    """Post the first three samples, unless an earlier run did; return those posted now."""
    posted = []
    while _posted_so_far(settings) < len(KINDS):
        posted.append(post_next(settings))
    return posted


def save(folder: Path) -> None:
    """Write the first samples as .eml files, to look at or to send by hand."""
    for number, kind in enumerate(KINDS):
        sample = build(number, "support@xignature.co.id", date.today())  # noqa: DTZ011
        (folder / f"{kind.replace(' ', '-')}.eml").write_bytes(bytes(sample.message))


def main() -> int:
    """Post what the arguments ask for; one sentence when the mail server is not there."""
    parser = argparse.ArgumentParser(description=__doc__)
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument(
        "--post", action="store_true", help="the first three, unless they were posted already"
    )
    choice.add_argument("--another", action="store_true", help="one more")
    choice.add_argument("--save", type=Path, metavar="FOLDER", help="write the first three as files")
    arguments = parser.parse_args()
    try:
        if arguments.save:
            save(arguments.save)
            return 0
        settings = Settings.from_env()
        posted = post_first(settings) if arguments.post else [post_next(settings)]
    except (NotLocal, SettingsError) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError:
        print("The local mail server does not answer: is `make run` running?", file=sys.stderr)
        return 1
    for sample in posted:
        print(f"Posted: {sample.kind}, from {sample.person.name} <{sample.person.email}>")
    return 0


if __name__ == "__main__":
    sys.exit(main())
