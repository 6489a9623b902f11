"""`flask intake import`: .eml, mbox, Maildir; each message once, broken off or not, and nobody is written to unasked."""

from __future__ import annotations

import mailbox
import random
from email.message import EmailMessage
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from app.audit.models import TrailEntry
from app.conversations.models import Message
from app.dossiers.models import Dossier
from app.intake import take_files
from app.intake.mail_files import FileMail, messages_in
from app.intake.models import ReceivedMail
from app.intake.take_files import Summary
from app.kernel.database import db
from app.letters.models import Letter
from app.vault.keep import read
from app.vault.models import StoredFile
from tests.factories.mails import PAPERS, mail
from tests.fixtures.desk import RunJobs

SEED = 20261126


def imported(app: Flask, *paths: Path, answer: bool = False) -> Result:
    return app.test_cli_runner().invoke(
        args=["intake", "import", *map(str, paths), *(["--answer"] if answer else [])]
    )


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A folder with some of everything: six messages in four forms, and files that are no mail."""
    folder = tmp_path / "archive"
    (folder / "deep").mkdir(parents=True)
    (folder / "one.eml").write_bytes(mail(subject="eml one", files=PAPERS[:2]).as_bytes())
    (folder / "deep" / "TWO.EML").write_bytes(mail(subject="eml two").as_bytes())
    (folder / "deep" / "notes.txt").write_text("From the beginning, no mail.\n")
    box = mailbox.mbox(folder / "box")
    for number in (1, 2):
        box.add(mail(subject=f"mbox {number}", text="Dear all,\n\nFrom here on: nothing.\n\n>From x\n"))
    box.close()
    maildir = mailbox.Maildir(folder / "Maildir")
    key = maildir.add(mail(subject="maildir new").as_bytes())
    read_one = mailbox.MaildirMessage(mail(subject="maildir cur").as_bytes())
    read_one.set_subdir("cur")
    maildir.add(read_one)
    assert key and (folder / "Maildir" / "dovecot-uidlist").write_text("3 V1 N2\n")
    (folder / "Maildir" / "tmp" / "half.eml").write_bytes(b"Subject: not delivered yet\n\n")
    return folder


def test_everything_comes_in_once(app: Flask, archive: Path, run_jobs: RunJobs) -> None:
    first = imported(app, archive)
    assert first.exit_code == 0 and "6 taken in, 0 already there, 0 refused." in first.stdout, first.output
    assert "2 files that hold no mail" in first.stdout
    again = imported(app, archive, archive / "one.eml")
    assert "0 taken in, 6 already there, 0 refused." in again.stdout
    run_jobs()
    with app.app_context():
        subjects = sorted(one.subject for one in db.session.query(Message))
        assert subjects == ["eml one", "eml two", "maildir cur", "maildir new", "mbox 1", "mbox 2"]
        assert db.session.query(Dossier).count() == 1
        assert db.session.query(Letter).count() == 0, "Nobody is written to because of a backlog."
        text = db.session.query(Message).filter_by(subject="mbox 1").one().text
        assert "\nFrom here on: nothing." in text and "\n>From x" not in text
        entry = db.session.query(TrailEntry).filter_by(verb="mail.import").one()
        assert entry.actor_kind == "system"


def test_on_request_the_senders_get_their_letters(app: Flask, archive: Path, run_jobs: RunJobs) -> None:
    assert imported(app, archive / "one.eml", answer=True).exit_code == 0
    run_jobs()
    with app.app_context():
        assert db.session.query(Letter).count() == 1


def test_the_same_letter_with_other_line_ends_is_the_same(app: Flask, tmp_path: Path) -> None:
    content = mail().as_bytes()
    (tmp_path / "lf.eml").write_bytes(content)
    (tmp_path / "crlf.eml").write_bytes(content.replace(b"\n", b"\r\n"))
    assert "1 taken in, 1 already there" in imported(app, tmp_path / "lf.eml", tmp_path / "crlf.eml").stdout
    with app.app_context():
        row = db.session.query(ReceivedMail).one()
        assert read(db.session.get_one(StoredFile, row.raw_file_id)) == content.replace(b"\n", b"\r\n")


def test_what_is_refused_is_named_with_its_reason(app: Flask, tmp_path: Path) -> None:
    limit = app.extensions["desk_settings"].mail_max_bytes
    (tmp_path / "empty.eml").write_bytes(b"\n\n")
    with (tmp_path / "large.eml").open("wb") as file:
        file.truncate(limit + 1)
    with (tmp_path / "large.mbox").open("wb") as file:
        file.write(b"From a@b Mon Jan  5 03:04:05 2026\nSubject: small\n\ntext\n\n")
        file.write(b"From a@b Mon Jan  5 03:04:06 2026\nSubject: large\n\n")
        file.writelines(b"x" * 99_999 + b"\n" for _number in range(limit // 100_000 + 1))
        file.write(b"\nFrom a@b Mon Jan  5 03:04:07 2026\nSubject: small too\n\ntext\n")
    result = imported(app, tmp_path)
    assert result.exit_code == 1 and "2 taken in, 0 already there, 3 refused." in result.stdout
    assert "nothing in it" in result.stderr and "empty.eml" in result.stderr
    assert result.stderr.count("larger than MAIL_MAX_BYTES") == 2
    assert "large.mbox, message 2" in result.stderr
    assert imported(app, tmp_path / "nowhere").exit_code == 2


def test_broken_off_it_goes_on_where_it_was(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in the middle: the batches before it are in, and the same command does the rest."""
    box = _box(tmp_path / "box", 130)
    with app.app_context():
        summary, done = Summary(), 0
        with pytest.raises(KeyboardInterrupt):
            take_files.take_files(_until(box, 120), summary, silent=True, progress=lambda _octets: None)
        assert summary.taken == 100
        db.session.remove()
        done = db.session.query(ReceivedMail).count()
    assert done == 100
    assert "30 taken in, 100 already there" in imported(app, box).stdout


def _until(box: Path, number: int):  # type: ignore[no-untyped-def]  # a generator that is interrupted
    for place, one in enumerate(messages_in(box, most=1_000_000)):
        if place == number:
            raise KeyboardInterrupt
        yield one


def _box(path: Path, count: int) -> Path:
    dice = random.Random(SEED)
    with path.open("wb") as file:
        for number in range(count):
            message = EmailMessage()
            message["From"] = f"person{number}@utopia.example"
            message["Subject"] = f"Number {number}"
            message.set_content("word " * dice.randint(1, 200))
            file.write(b"From a@b Mon Jan  5 03:04:05 2026\n" + message.as_bytes() + b"\n")
    return path


@pytest.mark.deep
@pytest.mark.timeout(900)
def test_thousands_of_messages(app: Flask, tmp_path: Path) -> None:
    box = _box(tmp_path / "box", 3_000)
    assert "3000 taken in" in imported(app, box).stdout
    assert "0 taken in, 3000 already there" in imported(app, box).stdout


def test_the_progress_covers_every_octet(tmp_path: Path) -> None:
    box = _box(tmp_path / "box", 7)
    found = list(messages_in(box, most=1_000_000))
    assert sum(one.read for one in found) == box.stat().st_size and len(found) == 7
    assert all(isinstance(one, FileMail) and one.problem is None for one in found)
