"""Reports of mail servers that follow no standard, as the servers in use write them; and answers of calendars."""

from __future__ import annotations

import pytest

from app.conversations.reading import read_message

LETTER = (
    "Return-Path: <support@xignature.co.id>\nMessage-ID: <letter-7@xignature.co.id>\n"
    "Subject: Your documents\nTo: anna@utopia.example\n\nDear Anna\n"
)
FORMS = {
    "qmail": (
        "From: MAILER-DAEMON@mx.example\nReturn-Path: <>\nSubject: failure notice\nTo: support@xignature.co.id",
        "Hi. This is the qmail-send program at mx.example.\nI'm afraid I "
        "wasn't able to deliver your message to the following addresses.\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\n\n<anna@utopia.example>:\n"
        "192.0.2.1 does not like recipient.\nRemote host said: 550 5.1.1 no such user\nGiving up on 192.0.2.1.\n\n"
        f"--- Below this line is a copy of the message.\n\n{LETTER}",
        ("5.1.1", "failed", "Remote host said: 550 5.1.1 no such user"),
    ),
    "exim": (
        "From: Mail Delivery System <Mailer-Daemon@mx.example>\n"
        "X-Failed-Recipients: anna@utopia.example\nAuto-Submitted: auto-replied\n"
        "Subject: Mail delivery failed: returning message to sender\nTo: support@xignature.co.id",
        "This message was created automatically by mail delivery software.\n"
        "\nA message that you sent could not be delivered to one or more of\n"
        "its recipients. This is a permanent error. The following address(es) failed:\n\n  anna@utopia.example\n"
        "    host mx.utopia.example [192.0.2.1]\n    SMTP error from remote mail server after RCPT TO:<anna@utopia.example>:\n"
        f"    550 User unknown\n\n------ This is a copy of the message, including all the headers. ------\n\n{LETTER}",
        ("5.0.0", "failed", "550 User unknown"),
    ),
    "exim-late": (
        "From: Mail Delivery System <Mailer-Daemon@mx.example>\n"
        "Subject: Warning: message 1abc delayed 24 hours\nReturn-Path: <>",
        "This message was created automatically by mail delivery software.\nA "
        "message that you sent has not yet been delivered to one or more of its\n"
        "recipients after more than 24 hours on the queue on mx.example.\n\nThe message identifier is: 1abc\n\n"
        "The address to which the message has not yet been delivered is:\n"
        "\n  anna@utopia.example\n    Delay reason: connection refused\n\n"
        f"No action is required on your part.\n\n{LETTER}",
        ("", "delayed", "Delay reason: connection refused"),
    ),
    "postfix-old": (
        "From: MAILER-DAEMON@mx.example (Mail Delivery System)\nSubject: "
        "Undelivered Mail Returned to Sender\nTo: support@xignature.co.id",
        "This is the Postfix program at host mx.example.\n\nI'm sorry to have to inform you that your message could not be\n"
        "be delivered to one or more recipients. It's attached below.\n\n\t\t\tThe Postfix program\n\n"
        f"<anna@utopia.example>: host mx.utopia.example[192.0.2.1] said: "
        f"550 5.1.1\n    <anna@utopia.example>: no such user\n\n{LETTER}",
        ("5.1.1", "failed", "<anna@utopia.example>: host mx.utopia.example[192.0.2.1] said: 550 5.1.1"),
    ),
    "gmail": (
        "From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\nSubject: Delivery Status Notification (Failure)\n"
        "X-Failed-Recipients: anna@utopia.example\nTo: support@xignature.co.id",
        "Delivery to the following recipient failed permanently:\n\n     "
        "anna@utopia.example\n\nTechnical details of permanent failure: \n"
        "Google tried to deliver your message, but it was rejected by the "
        "recipient domain.\nThe error that the other server returned was:\n"
        f"550 550 5.1.1 unknown user (state 14).\n\n----- Original message -----\n\n{LETTER}",
        ("5.1.1", "failed", "550 550 5.1.1 unknown user (state 14)."),
    ),
    "yahoo": (
        "From: MAILER-DAEMON@yahoo.com\nSubject: Failure Notice\nTo: support@xignature.co.id",
        "Sorry, we were unable to deliver your message to the following address.\n\n<anna@utopia.example>:\n"
        f"554: delivery error: dd This user doesn't have a yahoo.com account "
        f"(anna@utopia.example) [0]\n\n--- Below this line is a copy of the message.\n\n{LETTER}",
        (
            "",
            "failed",
            "554: delivery error: dd This user doesn't have a yahoo.com account (anna@utopia.example) [0]",
        ),
    ),
    "exchange": (
        "From: System Administrator <postmaster@utopia.example>\nSubject: "
        "Undeliverable: Your documents\nReturn-Path: <>\nTo: support@xignature.co.id",
        "Your message\n\n  To:      anna@utopia.example\n  Subject: "
        "Your documents\n\ndid not reach the following recipient(s):\n\n"
        f"anna@utopia.example on Mon, 2 Mar 2026 10:00:00 +0700\n    The recipient name is not recognized\n\n{LETTER}",
        ("", "failed", ""),
    ),
    "lotus": (
        "From: Postmaster@utopia.example\nSubject: DELIVERY FAILURE: User anna "
        "(anna@utopia.example) not listed in Domino Directory\nTo: support@xignature.co.id",
        "Your message\n\n  Subject: Your documents\n\nwas not delivered to:\n\n  anna@utopia.example\n\nbecause:\n\n"
        f"  User anna (anna@utopia.example) not listed in Domino Directory\n\n{LETTER}",
        ("", "failed", "User anna (anna@utopia.example) not listed in Domino Directory"),
    ),
    "sendmail": (
        "From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example>\nSubject: "
        "Returned mail: see transcript for details\nTo: support@xignature.co.id",
        "The original message was received at Mon, 2 Mar 2026 10:00:00 +0700\nfrom desk [192.0.2.9]\n\n"
        "   ----- The following addresses had permanent fatal errors -----\n"
        "<anna@utopia.example>\n    (reason: 550 5.1.1 no such user)\n\n"
        f"   ----- Transcript of session follows -----\n... while talking to "
        f"mx.utopia.example.:\n>>> DATA\n<<< 550 5.1.1 no such user\n\n{LETTER}",
        ("5.1.1", "failed", "(reason: 550 5.1.1 no such user)"),
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_report_without_a_standard(name: str) -> None:
    head, body, (status, action, diagnostic) = FORMS[name]
    read = read_message(f"{head}\n\n{body}".encode())

    assert read.automatic == "bounce"
    assert read.bounce is not None
    assert (read.bounce.recipient, read.bounce.status, read.bounce.action) == (
        "anna@utopia.example",
        status,
        action,
    )
    assert read.bounce.diagnostic == diagnostic or not diagnostic
    assert read.bounce.message_id == "<letter-7@xignature.co.id>"


REPORT = """From: MAILER-DAEMON@mx.example\r
Content-Type: multipart/report; report-type=delivery-status; boundary=cut\r
\r
--cut\r
\r
{words}\r
--cut\r
Content-Type: message/delivery-status\r
{encoding}\r
{status}\r
--cut\r
{returned}\r
--cut--\r
"""
TWO = (
    "Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: "
    "rfc822;hr@utopia.example\r\nAction: relayed\r\nStatus: 2.0.0\r\n\r\n"
    "Original-Recipient: rfc822;anna@utopia.example\r\nAction: failed (permanently)\r\nStatus: 5.2.2 (mailbox full)\r\n"
)


@pytest.mark.parametrize(
    "returned",
    [
        "Content-Type: message/rfc822\r\n\r\nMessage-ID: <letter-7@xignature.co.id>\r\n\r\nDear Anna",
        "Content-Type: text/rfc822-headers\r\n\r\nSubject: x\r\nMessage-Id: <letter-7@xignature.co.id>",
        "Content-Type: message/rfc822-headers\r\n\r\nMESSAGE-ID: <letter-7@xignature.co.id>\r\n",
        "Content-Type: text/plain; name=letter.txt\r\n\r\nMessage-ID: <letter-7@xignature.co.id>",
    ],
)
@pytest.mark.parametrize("encoded", [False, True])
def test_the_failed_one_of_several_recipients_and_the_letter_that_came_back(
    returned: str, encoded: bool
) -> None:
    import base64

    status = base64.encodebytes(TWO.encode()).decode() if encoded else TWO
    encoding = "Content-Transfer-Encoding: base64\r\n" if encoded else ""
    raw = REPORT.format(words="Sorry.", encoding=encoding, status=status, returned=returned)
    bounce = read_message(raw.encode()).bounce

    assert bounce is not None
    assert (bounce.recipient, bounce.action, bounce.status) == ("anna@utopia.example", "failed", "5.2.2")
    assert bounce.message_id == "<letter-7@xignature.co.id>"


@pytest.mark.parametrize(
    ("subject", "headers", "expected"),
    [
        ("Automatic reply: Your documents", "", "auto-reply"),
        ("Out of Office AutoReply: Your documents", "", "auto-reply"),
        ("Balasan otomatis: dokumen Anda", "", "auto-reply"),
        ("Automatische Antwort: Ihre Unterlagen", "", "auto-reply"),
        ("自动回复：您的文件", "", "auto-reply"),
        ("自動返信: 書類", "", "auto-reply"),
        ("Automatic reply: Your documents", "Auto-Submitted: no\n", None),
        ("Re: Automatic reply: Your documents", "", None),
        ("I am out of office next week", "", None),
        ("Automatic replies do not work", "", None),
    ],
)
def test_what_the_subject_alone_says(subject: str, headers: str, expected: str | None) -> None:
    read = read_message(f"From: anna@utopia.example\nSubject: {subject}\n{headers}\nhello".encode())
    assert read.automatic == expected


def test_a_subject_does_not_turn_a_mail_with_papers_into_a_machines() -> None:
    raw = b"Subject: Automatic reply: papers\nContent-Type: image/jpeg; name=passport.jpg\n\n\xff\xd8\xff"
    assert read_message(raw).automatic is None


@pytest.mark.parametrize(
    ("method", "partstat", "answer"),
    [
        ("REPLY", "ACCEPTED", "accepted"),
        ("REPLY", "DECLINED", "declined"),
        ("reply", "Tentative", "tentative"),
        ("COUNTER", "TENTATIVE", "counter"),
    ],
)
def test_what_a_calendar_answers(method: str, partstat: str, answer: str) -> None:
    ics = (
        f"BEGIN:VCALENDAR\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nUID:call-7@xignature.co.id\r\n"
        f'ATTENDEE;CN="Eriksson; Anna";PARTSTAT={partstat};RSVP=TRUE:mailto:anna@uto\r\n'
        f" pia.example\r\nCOMMENT:I am late\\, sorry\r\nEND:VEVENT\r\n"
    )
    read = read_message(
        f"From: anna@utopia.example\r\nContent-Type: text/calendar; charset=utf-8\r\n\r\n{ics}".encode()
    )

    assert read.automatic == "calendar"
    reply = read.calendar_reply
    assert reply is not None
    assert (reply.uid, reply.answer, reply.attendee) == (
        "call-7@xignature.co.id",
        answer,
        "anna@utopia.example",
    )
    assert reply.comment == "I am late, sorry"


def test_an_invitation_is_no_answer() -> None:
    read = read_message(
        b"Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nUID:1\r\n"
    )
    assert (read.automatic, read.calendar_reply) == (None, None)
