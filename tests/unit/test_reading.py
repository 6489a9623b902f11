"""Reading mails: ordinary, odd and hostile ones. Every oddity here was seen in real mail."""

import base64
import hashlib
import time
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.conversations.reading import Address, ReadMessage, read_message

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(200))
HEIC = b"\x00\x00\x00\x18ftypheic" + bytes(100)
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(range(256)) + b"\n%%EOF\n"


def mail(headers: str, body: bytes | str = b"hello\n") -> bytes:
    content = body if isinstance(body, bytes) else body.encode()
    return headers.strip().replace("\n", "\r\n").encode("utf-8", "surrogateescape") + b"\r\n\r\n" + content


def mixed(*parts: bytes, subtype: str = "mixed", headers: str = "", cut: str = "cut") -> bytes:
    top = (
        f"From: a@example.org\nMIME-Version: 1.0\n{headers}Content-Type: multipart/{subtype}; boundary={cut}"
    )
    mark = b"--" + cut.encode()
    return mail(top, b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n")


def attached(content: bytes, name: str = "passport.pdf", kind: str = "application/pdf") -> bytes:
    head = f'Content-Type: {kind}; name="{name}"\nContent-Disposition: attachment; filename="{name}"'
    return mail(head + "\nContent-Transfer-Encoding: base64", base64.encodebytes(content))


def test_an_ordinary_mail() -> None:
    read = read_message(
        mail(
            """From: "Tanaka, Yuki" <yuki@example.org>
To: support@xignature.co.id, Dita <dita@xignature.co.id>
Cc: HR <hr@example.org>
Reply-To: hr@example.org
Subject: My documents
Date: Mon, 2 Mar 2026 10:00:00 +0700
Message-ID: <one@example.org>
In-Reply-To: <zero@xignature.co.id>
References: <minus@xignature.co.id>
 <zero@xignature.co.id>
Authentication-Results: mx.xignature.co.id; dkim=pass
Authentication-Results: forged.example; dkim=pass""",
            "Dear support,\r\nhere they are.\r\n",
        )
    )
    assert read.from_ == (Address(name="Tanaka, Yuki", address="yuki@example.org"),)
    assert [one.address for one in read.to] == ["support@xignature.co.id", "dita@xignature.co.id"]
    assert read.cc[0].name == "HR"
    assert read.reply_to[0].address == "hr@example.org"
    assert read.sent_at == datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
    assert (read.message_id, read.in_reply_to) == ("<one@example.org>", "<zero@xignature.co.id>")
    assert read.references == ("<minus@xignature.co.id>", "<zero@xignature.co.id>")
    assert read.text == "Dear support,\nhere they are."
    assert read.html is None
    assert read.authentication_results[0].startswith("mx.xignature.co.id")
    assert (read.automatic, read.bounce, read.defects, read.attachments) == (None, None, (), ())


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        ("=?utf-8?B?UGVybW9ob25hbg==?= =?utf-8?Q?_TTE?=", "Permohonan TTE"),
        ("=?UTF-8?B?5pel5pys?=\n =?UTF-8?B?6Kqe?=", "日本語"),
        ("=?utf-8?B?5pel5g==?= =?utf-8?B?nKzoqp4=?=", "日本語"),  # a character split between two words
        ("=?iso-2022-jp?B?GyRCRnxLXDhsGyhC?=", "日本語"),
        ("=?gb2312?B?xOO6w6GX?=", "你好○"[:2]),
        ("=?windows-1252?Q?Caf=E9_=80?=", "Café €"),
        ("=?utf-8?Q?with spaces inside?=", "with spaces inside"),
        ("=?utf-8*en?Q?tagged?=", "tagged"),
        ("=?x-nonsense?Q?Caf=C3=A9?=", "Café"),
        ("=?utf-8?B?broken!!base64?=", None),
        ("Re: =?utf-8?Q?a?= plain =?utf-8?Q?b?=", "Re: a plain b"),
        ("=?utf-8?Q?=", "=?utf-8?Q?="),
        ("Surat Keterangan – Jörg", "Surat Keterangan – Jörg"),  # raw UTF-8
        ("Caf\udce9 latin", "Café latin"),  # raw Latin-1
        ("", ""),
    ],
)
def test_subjects(raw: str, subject: str | None) -> None:
    read = read_message(mail(f"Subject: {raw}"))
    assert subject is None or read.subject.startswith(subject)


@pytest.mark.parametrize(
    ("raw", "people"),
    [
        ("a@b.example", [("", "a@b.example")]),
        ("Doe, John <john@b.example>", [("Doe, John", "john@b.example")]),
        ("=?utf-8?Q?M=C3=BCller=2C_J=C3=B6rg?= <j@b.example>", [("Müller, Jörg", "j@b.example")]),
        ('"=?utf-8?Q?J=C3=B6rg?=" <j@b.example>', [("Jörg", "j@b.example")]),
        ('"Quo\\"ted" <q@b.example>, x@b.example', [('Quo"ted', "q@b.example"), ("", "x@b.example")]),
        ("j@b.example (Jörg)", [("Jörg", "j@b.example")]),
        ("Team: a@b.example, c@d.example;", [("", "a@b.example"), ("", "c@d.example")]),
        ("undisclosed-recipients:;", []),
        ("John Smith", [("John Smith", "")]),
        ("<>", []),
        # An encoded name must never become another address, nor a comment hide one.
        ("=?utf-8?Q?boss=40ours.example=3E?= <evil@b.example>", [("boss@ours.example>", "evil@b.example")]),
        ('"boss@ours.example" <evil@b.example>', [("boss@ours.example", "evil@b.example")]),
        ("boss@ours.example <evil@b.example>", [("boss@ours.example", "evil@b.example")]),
        ("((((((((", []),
    ],
)
def test_addresses(raw: str, people: list[tuple[str, str]]) -> None:
    found = [(one.name, one.address) for one in read_message(mail(f"From: {raw}")).from_]
    if people or found:
        assert found == people or raw.startswith("((")


@pytest.mark.parametrize(
    ("charset", "encoded", "text"),
    [
        ("utf-8", "Terima kasih – 谢谢".encode(), "Terima kasih – 谢谢"),
        ("us-ascii", "naïve".encode(), "naïve"),
        ("iso-8859-1", "€ naïve".encode("cp1252"), "€ naïve"),
        ("utf-8", "naïve café crème".encode("latin-1"), "naïve café crème"),
        ("x-unheard-of", "Grüße".encode(), "Grüße"),
        ("gb2312", "你好，世界".encode("gb18030"), "你好，世界"),
        ("ks_c_5601-1987", "안녕하세요".encode("cp949"), "안녕하세요"),
        ("iso-2022-jp", "日本語".encode("iso-2022-jp"), "日本語"),
        ("utf-16", "hello".encode("utf-16"), "hello"),
        ("", "Grüße".encode(), "Grüße"),
        ("punycode", b"hello", "hello"),
        ("rot13", b"hello", "hello"),
        ("\x01\x02", b"hello", "hello"),
        ("a" * 5_000, b"hello", "hello"),
    ],
)
def test_charsets(charset: str, encoded: bytes, text: str) -> None:
    read = read_message(mail(f'Content-Type: text/plain; charset="{charset}"', encoded))
    assert read.text == text


def test_what_the_database_cannot_hold_is_taken_out() -> None:
    read = read_message(mail("Subject: a\x00b\x07c", b"one\x00two\x1b[31m\r\nthree\rfour"))
    assert read.subject == "abc"
    assert read.text == "onetwo[31m\nthree\nfour"
    lone = read_message(mail("Content-Type: text/plain; charset=utf-7", b"+2AA-x"))
    lone.text.encode()


def test_base64_as_it_really_comes() -> None:
    clean = base64.b64encode(b"the first half and the second")
    for broken in (
        clean + b"\r\n\r\n_______\r\n",
        clean[:10] + b"!*!" + clean[10:],
        base64.b64encode(b"the first half and t") + b"\r\n" + base64.b64encode(b"he second"),
        clean.rstrip(b"=") + b"A" * 0,
    ):
        read = read_message(mail("Content-Transfer-Encoding: BASE64 ", broken))
        assert read.text.startswith("the first half and the second"), broken
    assert read_message(mail("Content-Transfer-Encoding: base64", b"Z")).text == ""
    assert read_message(mail("Content-Transfer-Encoding: x-odd", b"plain")).text == "plain"
    assert read_message(mail("Content-Transfer-Encoding: quoted-printable", b"a=ZZb=C3=A9=")).text == "a=ZZbé"


def test_html_only_becomes_text_and_is_cleaned() -> None:
    page = """<html><head><title>T</title><style>p{}</style></head><body onload=x()>
      <p>Hello&nbsp;<b>there</b></p><ul><li>one</li><li>two</li></ul><script>alert(1)</script>
      <a href="javascript:x()">bad</a> <a href="https://example.org/">good</a>
      <img src="https://spy.example/p.gif"><img src="cid:photo"><form action=x><input></form>
      <blockquote>old words</blockquote></body></html>"""
    read = read_message(mail("Content-Type: text/html; charset=utf-8", page))
    assert read.text == "Hello there\n\n- one\n- two\n\nbad good\n\n> old words"
    assert read.html is not None
    assert "cid:photo" in read.html
    assert 'href="https://example.org/"' in read.html
    for evil in ("script", "alert", "javascript", "spy.example", "onload", "<form", "style"):
        assert evil not in read.html


def test_alternatives_are_one_text() -> None:
    both = mixed(
        mail("Content-Type: text/plain", "the text"),
        mail("Content-Type: text/html", "<p>the <i>text</i></p>"),
        subtype="alternative",
    )
    read = read_message(both)
    assert read.text == "the text"
    assert read.html == "<p>the <i>text</i></p>"
    empty = mixed(
        mail("Content-Type: text/plain", " \r\n"), mail("Content-Type: text/html", "<p>only here</p>"),
        subtype="alternative",
    )  # fmt: skip
    assert read_message(empty).text == "only here"


def test_texts_around_a_picture_are_all_kept() -> None:
    read = read_message(
        mixed(
            mail("Content-Type: text/plain", "before"), attached(PNG, "a.png", "image/png"), mail("", "after")
        )
    )
    assert read.text == "before\n\nafter"
    assert len(read.attachments) == 1


def test_attachments_keep_their_bytes_and_none_is_dropped() -> None:
    names = [f"page {number}.pdf" for number in range(40)]
    read = read_message(mixed(*(attached(PDF + name.encode(), name) for name in names)))
    assert [one.filename for one in read.attachments] == names
    first = read.attachments[0]
    assert first.content == PDF + b"page 0.pdf"
    assert first.sha256 == hashlib.sha256(first.content).hexdigest()
    assert (first.media_type, first.inline) == ("application/pdf", False)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PNG, "image/png"),
        (JPEG, "image/jpeg"),
        (HEIC, "image/heic"),
        (PDF, "application/pdf"),
        (b"PK", "x/y"),
    ],
)
def test_the_content_tells_the_type(content: bytes, kind: str) -> None:
    (one,) = read_message(mixed(attached(content, "a.bin", "x/y"))).attachments
    assert (one.media_type, one.content) == (kind, content)


def test_inline_pictures_and_parts_without_a_name() -> None:
    picture = "Content-Type: image/png\nContent-ID: <p>\nContent-Transfer-Encoding: base64"
    read = read_message(
        mixed(mail(picture, base64.b64encode(PNG)), mail("Content-Type: application/pdf", PDF))
    )
    assert [one.inline for one in read.attachments] == [True, False]
    assert [one.filename for one in read.attachments] == ["attachment-1.png", "attachment-2.pdf"]


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("filename*=UTF-8''paspor%20%C3%A9.pdf", "paspor é.pdf"),
        (
            "filename*0*=UTF-8''pas%C3%A9;\n filename*1*=por;\n filename*2=.pdf",
            "paséepor.pdf".replace("ée", "é"),
        ),
        ("filename*0=pass;\n filename*1=port.pdf", "passport.pdf"),
        ('filename="=?utf-8?B?cGFzcG9yw6kucGRm?="', "pasporé.pdf"),
        ('filename="=?utf-8?Q?a?=\n =?utf-8?Q?b.pdf?="', "ab.pdf"),
        ('filename="paspor-é.pdf"', "paspor-é.pdf"),
        ("filename=\"utf-8''a%20b.pdf\"", "a b.pdf"),
        ('filename="..\\..\\windows\\evil.pdf"', "evil.pdf"),
        ('filename="/etc/passwd"', "passwd"),
        ('filename="a\u202efdp.exe"', "afdp.exe"),
        ('filename="a<b>:c|d?.pdf"', "a_b__c_d_.pdf"),
        ('filename=".."', "attachment-1.pdf"),
        ('filename=""', "attachment-1.pdf"),
        ("filename*=nonsense''%FF%FE.pdf", None),
        ("filename*=x", "x"),
        ("filename*99999999999999999999=x", None),
        (f'filename="{"n" * 500}.jpeg"', "n" * 115 + ".jpeg"),
    ],
)
def test_file_names(disposition: str, name: str | None) -> None:
    head = f"Content-Type: application/pdf\nContent-Disposition: attachment; {disposition}"
    (one,) = read_message(mixed(mail(head, PDF))).attachments
    assert one.filename
    assert len(one.filename) <= 120
    assert name is None or one.filename == name


def test_an_attached_mail_brings_its_files() -> None:
    inner = mixed(
        mail("", "forwarded words"),
        attached(JPEG, "selfie.jpg", "image/jpeg"),
        headers="Subject: Papers\n",
        cut="inner",
    )
    for outer in (
        mixed(mail("", "see below"), mail("Content-Type: message/rfc822", inner)),
        mixed(
            mail("", "see below"),
            mail(
                "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64", base64.encodebytes(inner)
            ),
        ),
        mixed(mail("", "see below"), attached(inner, "Papers.eml", "message/rfc822")),
    ):
        read = read_message(outer)
        assert [one.filename for one in read.attachments] == ["Papers.eml", "selfie.jpg"]
        assert read.attachments[1].content == JPEG
        assert read.attachments[0].content.split() == inner.split()
        assert read.text == "see below\n\nforwarded words"


def test_mails_in_mails_without_end() -> None:
    for depth in (20, 150, 3_000):
        read = read_message(b"Content-Type: message/rfc822\r\n\r\n" * depth + b"Subject: a\r\n\r\nx")
        assert read.attachments
        assert read.defects


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        b"no headers at all",
        b"From nobody\r\nSubject: x\r\n\r\n",
        b"Subject: only headers",
        b": no name\r\nSubject: x\r\n\r\ny",
        b" starts folded\r\nSubject: x\r\n\r\ny",
        b"Content-Type: multipart/mixed\r\n\r\nno boundary",
        b'Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n\r\nx',
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\nnever comes",
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a--\r\n",
        b"Content-Type: nonsense\r\n\r\nx",
        b"Content-Type: /\r\n\r\nx",
        b"Content-Type: text/plain; charset\r\n\r\nx",
        b"Content-Type: message/rfc822\r\n\r\n",
        b"Content-Type: message/delivery-status\r\n\r\nx",
        b"Content-Transfer-Encoding: \xff\xfe\r\n\r\nx",
        b"Content-Type: multipart/mixed; boundary=\xe4\r\nContent-Transfer-Encoding: \xff\r\n\r\n--\xe4\r\n\r\nx",
        b"Date: Mon, 99 Foo 99999 99:99:99 +9999\r\n\r\nx",
        b"Date: Thu, 01 Jan 0001 00:00:00 +2300\r\n\r\nx",
        b"Message-ID: <\xff>\r\nReferences: <<<>>> <a@\r\n b>\r\n\r\nx",
        bytes(range(256)) * 40,
        b"\xff\xfe" + "Subject: x\r\n\r\ny".encode("utf-16-le"),
    ],
)
def test_broken_mails_are_read_all_the_same(raw: bytes) -> None:
    check_sound(read_message(raw))


def test_text_after_the_last_part_is_kept() -> None:
    read = read_message(mixed(mail("", "inside")) + b"an afterthought\r\n")
    assert read.text == "inside\n\nan afterthought"
    assert "text after the last part" in read.defects


def test_flowed_text_is_joined() -> None:
    head = "Content-Type: text/plain; format=flowed"
    read = read_message(mail(head, "a long \r\nline\r\n> quoted \r\n> words\r\n-- \r\nme\r\n"))
    assert read.text == "a long line\n> quoted words\n--\nme"


def test_a_part_that_is_a_calendar_is_a_file() -> None:
    ics = mail("Content-Type: text/calendar; method=REQUEST", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
    read = read_message(mixed(mail("", "come"), ics, subtype="alternative"))
    assert [one.filename for one in read.attachments] == ["attachment-1.ics"]
    assert (read.text, read.automatic) == ("come", None)


@pytest.mark.parametrize("seed", range(3))
def test_a_megabyte_takes_less_than_two_seconds(seed: int) -> None:
    hostile = [
        b"Content-Type: text/html\r\n\r\n" + b"<div>" * 200_000,
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\na\r\n" * 100_000,
        b"Content-Type: text/html\r\n\r\n" + b"<table><tr><td>x" * 60_000,
    ][seed]
    began = time.process_time()
    check_sound(read_message(hostile))
    assert time.process_time() - began < 2


def check_sound(read: ReadMessage) -> None:
    """What holds for every mail, whatever it is."""
    texts = [read.subject, read.text, read.html or "", read.message_id or "", *read.references, *read.defects]
    texts += [text for one in (*read.from_, *read.to) for text in (one.name, one.address)]
    texts += [one.filename for one in read.attachments]
    for text in texts:
        text.encode("utf-8")
        assert "\x00" not in text
    assert all(one.filename and "/" not in one.filename for one in read.attachments)
    assert read.sent_at is None or read.sent_at.tzinfo is UTC


TEMPLATE = mixed(
    mail("Content-Type: text/plain; charset=iso-8859-1; format=flowed", b"caf\xe9 \r\n> old\r\n"),
    mail("Content-Type: text/html", "<p>x<blockquote>y</p>"),
    mail(
        "Content-Type: message/rfc822",
        mixed(attached(PDF), attached(JPEG, "=?utf-8?Q?s=C3=A9?=.jpg", "image/jpeg")),
    ),
    mail(
        "Content-Type: message/delivery-status",
        "Reporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; a@b.c\r\n",
    ),
    headers="To: =?utf-8?Q?J=C3=B6?= <j@x.example>\nDate: Mon, 2 Mar 2026 10:00:00 +0700\n"
    "References: <a@b> <c@d>\nAuthentication-Results: mx; dkim=pass\n",
)
SPLINTERS = st.sampled_from([b"=?", b"\r\n", b"--cut", b'"', b";", b"\xff", b"*0*="])
FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@FUZZ
@given(st.binary(max_size=3_000))
def test_any_bytes_can_be_read(raw: bytes) -> None:
    check_sound(read_message(raw))


@FUZZ
@given(
    st.lists(
        st.tuples(st.integers(0, len(TEMPLATE)), st.integers(0, 40), st.binary(max_size=12) | SPLINTERS),
        max_size=12,
    )
)  # fmt: skip
def test_a_damaged_mail_can_be_read(damages: list[tuple[int, int, bytes]]) -> None:
    raw = TEMPLATE
    for place, length, new in damages:
        raw = raw[:place] + new + raw[place + length :]
    check_sound(read_message(raw))


@FUZZ
@given(st.text(max_size=200), st.text(max_size=60), st.text(max_size=60))
def test_any_words_in_any_header(subject: str, name: str, parameter: str) -> None:
    head = f'Subject: {subject}\nFrom: {name} <a@b.example>\nContent-Type: text/plain; charset="{parameter}"; {name}'
    check_sound(read_message(head.encode("utf-8", "replace") + b"\n\nx"))
