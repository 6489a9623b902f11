"""Who wrote this: a person, a machine, a mail server that returns a letter?"""

import pytest

from app.conversations.reading import read_message

DSN = b"""From: MAILER-DAEMON@mx.example (Mail Delivery System)\r
Subject: Undelivered Mail Returned to Sender\r
MIME-Version: 1.0\r
Auto-Submitted: auto-replied\r
Content-Type: multipart/report; report-type=delivery-status; boundary=cut\r
\r
--cut\r
Content-Type: text/plain\r
\r
I'm sorry to have to inform you\r
--cut\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.example\r
\r
Final-Recipient: rfc822; anna@utopia.example\r
Action: failed\r
Status: 5.1.1\r
Diagnostic-Code: smtp; 550 5.1.1 <anna@utopia.example>: no such user\r
\r
--cut\r
Content-Type: message/rfc822\r
\r
Message-ID: <letter-7@xignature.co.id>\r
Subject: Your documents\r
\r
Dear Anna\r
--cut--\r
"""


def kind(headers: str, body: str = "hello") -> str | None:
    return read_message(f"From: a@b.example\r\n{headers}\r\n\r\n{body}".encode()).automatic


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ("Subject: hello", None),
        ("Auto-Submitted: no", None),
        ("Auto-Submitted: No", None),
        ("X-Auto-Response-Suppress: None", None),
        ("Precedence: first-class", None),
        ("Return-Path: <a@b.example>", None),
        ("Auto-Submitted: auto-replied", "auto-reply"),
        ("Auto-Submitted: auto-generated; owner=x", "auto-reply"),
        ("Precedence: auto_reply", "auto-reply"),
        ("X-Auto-Response-Suppress: DR, OOF, AutoReply", "auto-reply"),
        ("X-Loop: support@xignature.co.id", "auto-reply"),
        ("X-Autoreply: yes", "auto-reply"),
        ("Return-Path: <>", "auto-reply"),
        ("List-Id: <news.example.org>", "list"),
        ("Precedence: Bulk", "list"),
        ("Auto-Submitted: no\r\nList-Id: x", "list"),
        ('Content-Type: text/calendar; method="REPLY"', "calendar"),
        ("Content-Type: text/calendar", None),
        ("Content-Type: multipart/report; report-type=disposition-notification", "auto-reply"),
    ],
)
def test_persons_and_machines(headers: str, expected: str | None) -> None:
    assert kind(headers) == expected


def test_a_calendars_answer_is_known_by_its_content() -> None:
    body = "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR\r\n"
    assert kind("Content-Type: text/calendar", body) == "calendar"


def test_a_standard_bounce() -> None:
    read = read_message(DSN)
    assert read.automatic == "bounce"
    assert read.bounce is not None
    assert read.bounce.recipient == "anna@utopia.example"
    assert (read.bounce.status, read.bounce.action) == ("5.1.1", "failed")
    assert read.bounce.diagnostic.startswith("550 5.1.1")
    assert read.bounce.message_id == "<letter-7@xignature.co.id>"
    assert read.text == "I'm sorry to have to inform you"
    assert [one.media_type for one in read.attachments] == ["message/delivery-status", "message/rfc822"]


def test_the_common_old_forms_of_a_bounce() -> None:
    exim = read_message(
        b"From: Mail Delivery System <Mailer-Daemon@x.example>\r\nX-Failed-Recipients: anna@utopia.example\r\n\r\n"
        b"A message could not be delivered:\r\n  anna@utopia.example\r\n    550 5.7.1 rejected\r\n"
    )
    qmail = read_message(
        b"From: MAILER-DAEMON@x.example\r\nReturn-Path: <>\r\n\r\nHi. This is the qmail-send program.\r\n"
        b"<anna@utopia.example>:\r\n550 user unknown\r\n"
    )
    for read in (exim, qmail):
        assert read.automatic == "bounce"
        assert read.bounce is not None
        assert (read.bounce.recipient, read.bounce.action) == ("anna@utopia.example", "failed")
    assert exim.bounce is not None
    assert exim.bounce.status == "5.7.1"


def test_a_persons_words_about_errors_are_no_bounce() -> None:
    read = read_message(
        b"From: Postmaster Pat <pat@x.example>\r\n\r\nI got error 550 5.1.1 when writing to you.\r\n"
    )
    assert (read.automatic, read.bounce) == (None, None)
