"""Mail that was written to do harm: forged senders, stolen threads, odd bytes, floods of files."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage

import pytest
from flask import Flask

from app.conversations.models import Attachment, Conversation, Message
from app.conversations.reading import read_message
from app.documents.models import Document
from app.dossiers.models import Dossier
from app.intake import dossier as filing
from app.intake import lifecycle
from app.intake.models import ReceivedMail
from app.intake.sender import sender_verified
from app.kernel.database import db
from app.letters.linkless import LEFT_OUT, linkless
from app.letters.paths import LINK_PLACEHOLDER
from app.letters.queue import queue_letter
from app.letters.render import Words, render
from config import PROJECT
from tests.factories.conversations import read_message as plain_mail
from tests.factories.mails import mail, take_in
from tests.fixtures.desk import RunJobs
from tests.fixtures.mail import Outbox

ANNA, EVE = "anna@utopia.example", "eve@evil.example"


def arrive(app: Flask, run_jobs: RunJobs, message: EmailMessage | bytes) -> None:
    """Take a mail in and file it."""
    with app.app_context():
        take_in(message)
    run_jobs()


@pytest.mark.parametrize("verified", [False, True])
def test_a_letter_to_somebody_else_opens_no_way_into_a_dossier(
    app: Flask, run_jobs: RunJobs, outbox: Outbox, verified: bool
) -> None:
    arrive(app, run_jobs, mail(files=("passport.jpg",), text="My passport."))
    arrive(app, run_jobs, mail(f"Eve <{EVE}>", subject="Hello", text="How much is it?", verified=False))
    token = outbox.to(EVE)[0]["Message-ID"]

    forged = mail(
        files=("kitas.jpg",), text="Call me: +62 811 1111 1111", verified=verified, In_Reply_To=token
    )
    arrive(app, run_jobs, forged)

    with app.app_context():
        assert [document.kind for document in db.session.query(Document)] == ["passport"]
        assert db.session.query(Dossier).one().phone is None
        hers = db.session.query(Conversation).filter_by(address=EVE).one()
        assert hers.dossier_id is None, "An answer in it would go to Eve."
        assert filing.LEFT_OUT in hers.messages[-1].defects
    assert len(outbox.to(ANNA)) == 1


def test_several_senders_in_one_mail_are_nobody(app: Flask, run_jobs: RunJobs, outbox: Outbox) -> None:
    arrive(app, run_jobs, mail(files=("passport.jpg",), text="My passport."))
    arrive(app, run_jobs, mail(f"Eve <{EVE}>", subject="Hello", text="How much is it?", verified=False))
    before = len(outbox)

    both = mail(f"{ANNA}, {EVE}", files=("kitas.jpg",), In_Reply_To=outbox.to(EVE)[0]["Message-ID"])
    arrive(app, run_jobs, both)

    with app.app_context():
        assert db.session.query(Document).count() == 1
    assert len(outbox) == before


def test_a_nul_hidden_in_any_header_is_no_poison(app: Flask, run_jobs: RunJobs) -> None:
    raw = (
        b"From: \x00Eve <e\x00ve@evil.example>\r\nSubject: Hel\x00lo\r\nMessage-ID: <\x00a@b>\r\n"
        b"Content-Type: multipart/mixed; boundary=cut\r\n\r\n--cut\r\nContent-Type: image/\x00jpeg\r\n"
        b'Content-Disposition: attachment; filename="../../\x00etc/passwd"\r\n\r\nxxxx\r\n--cut--\r\n'
    )

    arrive(app, run_jobs, raw)

    with app.app_context():
        assert db.session.query(ReceivedMail).one().status == lifecycle.FILED
        kept = db.session.query(Attachment).one()
        assert (kept.filename, kept.media_type) == ("passwd", "image/jpeg")


def test_a_flood_of_files_does_not_bury_a_dossier(app: Flask, run_jobs: RunJobs) -> None:
    parts = b"".join(
        b"--cut\r\nContent-Type: image/jpeg\r\nContent-Disposition: attachment; filename=p%d.jpg\r\n\r\n"
        b"\xff\xd8\xff%d\r\n" % (number, number)
        for number in range(filing.MOST_FILES + 1)
    )
    head = (
        b"From: eve@evil.example\r\nSubject: passport\r\nContent-Type: multipart/mixed; boundary=cut\r\n\r\n"
    )

    arrive(app, run_jobs, head + parts + b"--cut--\r\n")

    with app.app_context():
        assert db.session.query(Document).count() == filing.MOST_PAPERS
        assert db.session.query(Attachment).count() == filing.MOST_FILES - filing.MOST_PAPERS
        assert filing.TOO_MANY in db.session.query(Message).one().defects


@pytest.mark.parametrize(
    ("results", "believed"),
    [
        ("mx; dmarc=pass header.from=utopia.example", True),
        ('mx; dkim=pass (2048 bit (sha256)) header.i=@utopia.example header.b="ab+/c=="', True),
        ('mx; spf=pass (mx: domain of "x y"@utopia.example) smtp.mailfrom="x y"@utopia.example', True),
        ("mx; spf=fail smtp.mailfrom=x@utopia.example", False),
        ("elsewhere; dmarc=pass header.from=utopia.example", False),
        ('mx; spf=pass smtp.mailfrom="x; dmarc=pass header.from=utopia.example y"@evil.example', False),
        ('mx; spf=pass (domain of "x); dmarc=pass header.from=utopia.example (y"@evil.example)', False),
        ('mx; spf=pass smtp.mailfrom=x"; dmarc=pass header.from=utopia.example', False),
        ("mx; spf=pass (x; dmarc=pass header.from=utopia.example", False),
        ("MX; dmarc=pass header.from=UTOPIA.example", True),
        ("mx 1; dmarc=pass (p=none dis=none) header.from=utopia.example", True),
        ('"mx" 1; dkim=pass header.d=utopia.example', True),
        ("(ours (really)) mx (host\\) of ours) ; dkim = pass header.d = utopia.example", False),
        ("(ours (really)) mx (of ours) ; dkim/1 = pass header.d = utopia.example", True),
        ('mx; dkim=pass (good "signature") reason="all is well" header.d=utopia.example', True),
        ("mx; dkim=fail header.d=utopia.example; spf=softfail smtp.mailfrom=utopia.example", False),
        ("mx; dkim=fail header.d=utopia.example; dkim=pass header.d=mail.utopia.example", False),
        ("mx; dkim=pass header.d=example", False),
        ("mx; dkim=pass header.d=utopia.example.evil.example", False),
        ("mx; dkim=pass header.d=evil.example header.d=utopia.example", False),
        ("mx; dkim=pass header.d=evil.example header.i=@utopia.example", False),
        ("mx; spf=pass smtp.helo=utopia.example", False),
        ("mx; dmarc=pass header.from=evil.example", False),
        ("mx; dmarc=bestguesspass header.from=utopia.example", False),
        ("mx; arc=pass header.oldest-pass=0 header.from=utopia.example", False),
        ("mx; none", False),
        ("mx", False),
        ("mx.evil.example; dmarc=pass header.from=utopia.example", False),
        ("spf=pass smtp.mailfrom=utopia.example; dmarc=pass header.from=utopia.example", False),
    ],
)
def test_what_a_sender_slips_into_our_servers_verdict_is_not_believed(results: str, believed: bool) -> None:
    read = plain_mail(name="Anna", address=ANNA, text="", subject="")

    assert sender_verified(replace(read, authentication_results=(results,)), "mx") is believed


RESULT = "dkim=pass header.d=utopia.example"


@pytest.mark.parametrize(
    ("headers", "believed"),
    [
        (f"Authentication-Results: mx.example 1;\r\n (a\r\n comment)\r\n\t{RESULT}\r\n", True),
        (f"authentication-results: MX.example; {RESULT}\r\n", True),
        (
            f"Authentication-Results: mx.example; none\r\nAuthentication-Results: mx.example; {RESULT}\r\n",
            False,
        ),
        (
            f"Authentication-Results: other.example; none\r\nAuthentication-Results: mx.example; {RESULT}\r\n",
            False,
        ),
        (
            f"Authentication-Results: mx.example; {RESULT}\r\nAuthentication-Results: mx.example; dkim=fail\r\n",
            True,
        ),
        (f"ARC-Authentication-Results: i=1; mx.example; {RESULT}\r\n", False),
        (f"X-Authentication-Results: mx.example; {RESULT}\r\n", False),
    ],
)
def test_only_our_own_servers_topmost_line_counts(headers: str, believed: bool) -> None:
    read = read_message(f"{headers}From: Anna <{ANNA}>\r\n\r\nHello".encode())

    assert sender_verified(read, "mx.example") is believed
    assert not sender_verified(read, ""), "Without a setting nothing is believed."


LINKS = ("evil.example", "://", "www.", "href", "bit.ly", "bit。ly")


@pytest.mark.parametrize("verified", [False, True])
@pytest.mark.parametrize(
    "words", ["Good morning, when does it open?", "Selamat pagi, terima kasih atas bantuannya"]
)
@pytest.mark.parametrize("files", [(), ("passport.jpg", "bit.ly", "cv.pdf")])
def test_an_unverified_senders_acknowledgement_carries_no_link(
    app: Flask, run_jobs: RunJobs, outbox: Outbox, verified: bool, words: str, files: tuple[str, ...]
) -> None:
    forged = mail(
        '"Win at evil.example/now" <anna@utopia.example>',
        subject="See https://evil.example/x or www.evil.example or eve@evil.example or bit。ly",
        text=words,
        files=files,
        verified=verified,
    )
    arrive(app, run_jobs, forged)

    [letter] = outbox
    parts = [part.get_content() for part in letter.walk() if part.get_content_maintype() == "text"]
    whole = "\n".join([str(letter["Subject"]), *parts])
    assert "support@xignature.co.id" in whole and ("cv.pdf" in whole) is bool(files)
    if not verified:
        assert not [word for word in LINKS if word in whole]
    elif not files:
        assert "https://evil.example/x" in whole, "Who is verified reads the own words again."


LETTERS = PROJECT / "templates" / "letters"
# Acknowledgements, also those that are written later, and whatever has a link.
TEMPLATES = sorted(
    str(path.relative_to(LETTERS)).removesuffix(".txt")
    for path in LETTERS.glob("*/*.txt")
    if path.name.startswith("received") or "{{ link" in path.read_text(encoding="utf-8")
)
STRANGERS_WORDS = "https://evil.example/x"


@pytest.mark.parametrize("template", TEMPLATES)
def test_no_template_can_put_a_link_into_a_letter_that_may_carry_none(app: Flask, template: str) -> None:
    name, _dot, language = template.rpartition(".")
    texts = dict.fromkeys(("name", "subject", "reference", "text", "hours", "resend_url"), STRANGERS_WORDS)
    lists = {"arrived": ["passport"], "missing": ["kitas"], "unsorted": [STRANGERS_WORDS]}

    with app.app_context():
        words = render(name, locale=language, context={**texts, **lists})
        assert STRANGERS_WORDS in words.text
        left = linkless(words)

    whole = f"{left.subject}\n{left.text}\n{left.html or ''}"
    assert LINK_PLACEHOLDER not in whole and not [word for word in LINKS if word in whole]


@pytest.mark.parametrize(
    "address",
    [
        "evil\u00ad.com",
        "evil.\u200bcom",
        "evil\u2024com",
        "evil.भारत",
        "evil.टेस्ट/x",
        "evil.xn--p1ai",
        "ＥＶＩＬ．ＣＯＭ",
    ],
)
def test_a_host_in_any_script_and_with_what_nobody_sees_in_it_is_left_out(app: Flask, address: str) -> None:
    with app.app_context():
        left = linkless(Words(subject=f"See {address} now", text="passport.pdf", html=None))

    assert (left.subject, left.text) == (f"See {LEFT_OUT} now", "passport.pdf")


def test_a_letter_that_may_carry_no_link_is_queued_without_one(
    app: Flask, run_jobs: RunJobs, outbox: Outbox
) -> None:
    with app.app_context():
        context = {"name": "Anna", "hours": 72, "resend_url": "https://evil.example"}
        letter = queue_letter(
            "accounts/activation", to=ANNA, locale="en", context=context, link=("activate", 1), linkless=True
        )
        assert letter.link_purpose is None
    run_jobs()
    assert not [word for word in LINKS if word in outbox[0].as_string()]


def test_reading_leaves_no_control_characters_behind() -> None:
    read = read_message(b"From: mailer-daemon@x.example\r\nX-Failed-Recipients: a\x00@b.example\r\n\r\n5.1.1")

    assert read.bounce is not None and "\x00" not in read.bounce.recipient
