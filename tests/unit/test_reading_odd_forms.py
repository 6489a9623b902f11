"""The odd forms in which real programs write names, addresses, dates, charsets and encodings: what a careful reader sees."""

from __future__ import annotations

import pytest

from app.conversations.reading import ReadMessage, read_message


def with_part(head: str, body: bytes = b"x") -> ReadMessage:
    """A mail of a few words and one more part, read."""
    start = "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nhi\r\n--c\r\n"
    raw = (
        start.encode()
        + head.replace("\n", "\r\n").encode("utf-8", "surrogateescape")
        + b"\r\n\r\n"
        + body
        + b"\r\n--c--\r\n"
    )
    return read_message(raw)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("Content-Type: image/jpeg\nContent-Location: Photo25.jpg", "Photo25.jpg"),
        ("Content-Type: image/jpeg\nContent-Location: http://x.example/a/Photo%2025.jpg", "Photo 25.jpg"),
        ("Content-Type: application/pdf\nContent-Description: passport.pdf", "passport.pdf"),
        ("Content-Type: application/pdf\nContent-Description: My passport and KITAS", "attachment-1.pdf"),
        ("Content-Type: application/pdf; name=This is a test.pdf", "This is a test.pdf"),
        ("Content-Type: application/pdf\nContent-Disposition: attachment; filename='x y.pdf'", "x y.pdf"),
        ('Content-Type: application/pdf\nContent-Disposition: attachment; name="foo.pdf"', "foo.pdf"),
        ("Content-Type: application/pdf\nContent-Disposition: attachment filename=foo.pdf", "foo.pdf"),
        (
            'Content-Type: application/pdf\nContent-Disposition: attachment; filename="no end.pdf',
            "no end.pdf",
        ),
        (
            'Content-Type: application/pdf\nContent-Disposition: attachment; filename="pass\udce9port.pdf"',
            "passéport.pdf",
        ),
        ("Content-Disposition: attachment; filename=\"x.pdf\"; filename*=utf-8''%E6%8A%A4.pdf", "护.pdf"),
        ("Content-Disposition: attachment; filename*1=b.pdf; filename*0=a", "ab.pdf"),
        (
            'Content-Type: application/pdf;\n\tname="=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=\n\t=?iso-2022-jp?B?GyRCOGwbKEI=?=.pdf"',
            "日本語.pdf",
        ),
    ],
)
def test_names_of_files(head: str, name: str) -> None:
    assert [one.filename for one in with_part(head).attachments] == [name]


@pytest.mark.parametrize(
    ("raw", "people"),
    [
        ("a@b.example b@c.example", [("", "a@b.example"), ("", "b@c.example")]),
        (
            "<a@b.example>,<c@d.example>;, e@f.example,",
            [("", "a@b.example"), ("", "c@d.example"), ("", "e@f.example")],
        ),
        ('"a@b.example" via List <list@x.example>', [("a@b.example via List", "list@x.example")]),
        ("<mailto:c@d.example>", [("", "c@d.example")]),
        ("<@relay.example:x@y.example>", [("", "x@y.example")]),
        ("'quoted' <a@b.example>", [("quoted", "a@b.example")]),
        ("x (comment (nested)) <y@z.example>", [("x (comment (nested))", "y@z.example")]),
        ("Foo: ;, a@b.example", [("", "a@b.example")]),
        ('"A \\"q\\" B" <a@[192.0.2.1]>', [('A "q" B', "a@[192.0.2.1]")]),
    ],
)
def test_addresses(raw: str, people: list[tuple[str, str]]) -> None:
    assert [(one.name, one.address) for one in read_message(f"To: {raw}\n\nx".encode()).to] == people


@pytest.mark.parametrize(
    "raw",
    [
        "Tue, 3 Jun 2025 10:00:00 GMT+7",
        "2025-06-03 10:00:00 +0700",
        "2025-06-03T10:00:00+07:00",
        "Tue, 03 Jun 25 10:00 WIB",
        "3 Juni 2025 10:00:00 +0700",
        "Tue, 3 Jun 2025 10.00.00 +0700",
        "Tue, 3 Jun 2025 10:00:00 +07:00",
        "Tue Jun  3 03:00:00 2025",
        "=?utf-8?Q?Tue,_3_Jun_2025_10:00:00_+0700?=",
        "Tue, 03 Jun 2025 03:00:00 (UTC)",
        'Tue, 3 Jun 2025 03:00:00 "GMT"',
        "Tue, 3 Jun 2025 12:00:00 JST",
    ],
)
def test_dates(raw: str) -> None:
    sent = read_message(f"Date: {raw}\n\nx".encode()).sent_at
    assert sent is not None and sent.isoformat() == "2025-06-03T03:00:00+00:00"


@pytest.mark.parametrize(
    ("label", "raw", "text"),
    [
        ("iso-2022-jp", b"\x1b$B-!%F%9%H\x1b(B", "①テスト"),
        ("", b"\x1b$BF|K\\8l\x1b(B", "日本語"),
        ("gb2312", "你好".encode("gb2312")[:3], "你\ufffd"),
        ("utf-8", "héllo wörld é".encode()[:-1], "héllo wörld \ufffd"),
        ("utf-16", b"plain after all", "plain after all"),
        ("iso-8859-1", "Größe – 护照".encode(), "Größe – 护照"),
        ("big5", "您好".encode("big5"), "您好"),
        ("x-mac-roman", "é".encode("mac_roman"), "é"),
        ("Windows1251", "привет".encode("cp1251"), "привет"),
        ("ISO_8859-1:1987", b"caf\xe9", "café"),
        ("cp-850", b"\x82", "é"),
    ],
)
def test_charsets(label: str, raw: bytes, text: str) -> None:
    read = read_message(f"Content-Type: text/plain; charset={label}\n\n".encode() + raw)
    assert read.text == text


def test_raw_headers_are_read_in_the_charset_of_the_mail() -> None:
    raw = "Subject: ПРИВЕТ\nContent-Type: text/plain; charset=koi8-r\n\nпривет".encode("koi8-r")
    assert (read_message(raw).subject, read_message(raw).text) == ("ПРИВЕТ", "привет")


def test_the_charset_that_only_the_page_names() -> None:
    page = (
        b'Content-Type: text/html\n\n<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">'
        + "привет".encode("cp1251")
    )
    assert read_message(page).text == "привет"


@pytest.mark.parametrize(
    ("encoding", "body", "text"),
    [
        ("7-bit", b"x", "x"),
        ("base64;", b"aGVsbG8=", "hello"),
        ("Quoted-Printable; x", b"=C3=A9", "é"),
        ("8bits", "é".encode(), "é"),
    ],
)
def test_encodings_that_are_spelled_wrong(encoding: str, body: bytes, text: str) -> None:
    read = read_message(
        f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {encoding}\n\n".encode() + body
    )
    assert (read.text, read.defects) == (text, ())


@pytest.mark.parametrize("stated", ['boundary="other"', "", 'boundary=""'])
def test_parts_behind_another_boundary_than_stated(stated: str) -> None:
    read = read_message(
        f"MIME-Version: 1.0\nContent-Type: multipart/mixed; {stated}\n\n--real\nContent-Type: text/plain\n\nwords\n--real\n"
        "Content-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--real--\n".encode()
    )
    assert read.text == "words"
    assert [(one.filename, one.content) for one in read.attachments] == [("a.png", b"\x89PNG\r\n\x1a\n")]
    assert "parts that are not divided as the mail says" in read.defects


def test_words_in_place_of_a_text() -> None:
    raw = (
        b"Content-Type: multipart/alternative; boundary=c\n\n--c\n\nTo view this message you need an HTML mail client.\n--c\n"
        b"Content-Type: text/html\n\n<p>real <b>words</b></p>\n--c--\n"
    )
    assert read_message(raw).text.endswith("real words")


def test_enriched_text_and_rtf_are_read() -> None:
    enriched = b"Content-Type: text/enriched\n\n<bold>Dear</bold> team,\n\n<param>x</param>a << b"
    assert read_message(enriched).text == "Dear team,\na < b"
    rtf = read_message(
        b"Content-Type: text/rtf\n\n{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}} Caf\\'e9 \\u8364?\\par}"
    )
    assert rtf.text == "Café €"
    assert [one.media_type for one in rtf.attachments] == ["text/rtf"]


def test_a_text_that_is_shown_in_the_letter_and_is_a_file_too() -> None:
    read = with_part('Content-Type: text/plain; name="notes.txt"\nContent-Disposition: inline', b"my notes")
    assert read.text == "hi\n\nmy notes"
    assert [(one.filename, one.inline) for one in read.attachments] == [("notes.txt", True)]
    alone = read_message(b'Content-Type: text/plain; name="mail.txt"\n\nthe whole letter')
    assert alone.text == "the whole letter"


def test_long_base64_is_the_same_whatever_stands_around_it() -> None:
    """Long runs go around the parser: also in a text, in an attached mail, before a boundary, and cut short."""
    import base64

    content = bytes(range(256)) * 40
    run = base64.encodebytes(content)
    plain = read_message(b"Subject: x\n\nbefore\n" + run + b"after")
    assert plain.text == f"before\n{run.decode()}after"
    file = b"Content-Type: image/x\nContent-Transfer-Encoding: base64\n\n" + run
    inner = b"Subject: inner\nContent-Type: multipart/mixed; boundary=i\n\n--i\n" + file + b"--i--\n"
    outer = read_message(
        b"Content-Type: multipart/mixed; boundary=c\n\n--c\nContent-Type: message/rfc822\n\n"
        + inner
        + b"--c\n"
        + file
        + b"--c--\n"
        + run
    )
    assert [one.content for one in outer.attachments[1:]] == [content, content]
    assert outer.attachments[0].content.strip() == inner.strip()
    assert outer.text == run.decode().rstrip("\n")
    assert (
        read_message(file[: len(file) // 2]).attachments[0].content
        == content[: len(read_message(file[: len(file) // 2]).attachments[0].content)]
    )
