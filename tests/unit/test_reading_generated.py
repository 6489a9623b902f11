"""Mails that a machine makes up: nested at random, in random charsets and encodings. What was put in must come out."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import quopri
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.conversations.reading import ReadMessage, printed, read_message, visible_text

CHARSETS = {
    "utf-8": "Grüße, 谢谢, terima kasih",
    "us-ascii": "plain words",
    "iso-8859-1": "café naïve",
    "windows-1252": "“quoted” €",
    "iso-8859-2": "żółty",
    "koi8-r": "привет",
    "windows-1251": "паспорт",
    "gb2312": "你好",
    "gb18030": "护照复印件",
    "big5": "您好",
    "shift_jis": "パスポート",
    "iso-2022-jp": "日本語",
    "euc-kr": "안녕하세요",
    "windows-1256": "مرحبا",
    "windows-1255": "שלום",
    "tis-620": "สวัสดี",
    "windows-1258": "xin chao",
    "iso-8859-9": "şimdi",
    "utf-16": "wide 字",
    "utf-7": "sieben ü",
}
MARKS = ("%PDF-", "begin ", "PK", "--")


@dataclass
class Made:
    """A piece of a mail, and what must be found in it."""

    raw: bytes
    texts: list[str] = field(default_factory=list)
    files: list[bytes] = field(default_factory=list)


def encoded(content: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        return base64.encodebytes(content).replace(b"\n", b"\r\n")
    if encoding == "quoted-printable":
        return (
            quopri.encodestring(content).replace(b"\n", b"=0A")
            if b"\r" in content
            else quopri.encodestring(content)
        )
    if encoding == "x-uuencode":
        lines = [binascii.b2a_uu(content[at : at + 45]) for at in range(0, len(content), 45)]
        return b"begin 644 file\r\n" + b"".join(lines) + b"`\r\nend\r\n"
    return content


@st.composite
def text_parts(draw: st.DrawFn) -> Made:
    charset = draw(st.sampled_from(sorted(CHARSETS)))
    marker = f"marker{draw(st.integers(0, 10**9))}"
    words = f"{marker} {CHARSETS[charset]}"
    html = draw(st.booleans())
    body = f"<html><body><p>{words}</p></body></html>" if html else words
    transfer = draw(
        st.sampled_from(
            ["base64", "quoted-printable"] if charset == "utf-16" else ["base64", "quoted-printable", "8bit"]
        )
    )
    spelled = draw(st.sampled_from([charset, charset.upper(), f'"{charset}"']))
    head = (
        f"Content-Type: text/{'html' if html else 'plain'}; "
        f"charset={spelled}\r\nContent-Transfer-Encoding: {transfer}\r\n\r\n"
    )
    return Made(head.encode() + encoded(body.encode(charset), transfer), texts=[words])


@st.composite
def file_parts(draw: st.DrawFn) -> Made:
    content = (
        b"\x01"
        + draw(st.binary(min_size=1, max_size=2_000))
        + hashlib.sha256(str(draw(st.integers())).encode()).digest()
    )
    transfer = draw(st.sampled_from(["base64", "base64", "x-uuencode"]))
    name = draw(
        st.sampled_from(["passport.jpg", "=?utf-8?B?5oqk54WnLnBkZg==?=", "KITAS 2026.pdf", "a;b.png"])
    )
    kind = draw(st.sampled_from(["image/jpeg", "application/octet-stream", "application/pdf", "text/plain"]))
    where = draw(st.sampled_from([f'Content-Type: {kind}; name="{name}"', f"Content-Type: {kind}"]))
    head = f'{where}\r\nContent-Disposition: attachment; filename="{name}"\r\nContent-Transfer-Encoding: {transfer}\r\n\r\n'
    return Made(head.encode() + encoded(content, transfer), files=[content])


def joined(kind: str, parts: list[Made], number: int) -> Made:
    boundary = f"=_cut{number}_{kind}"
    body = b"".join(b"--" + boundary.encode() + b"\r\n" + one.raw + b"\r\n" for one in parts)
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'
    return Made(
        head.encode() + body + f"--{boundary}--\r\n".encode(),
        [text for one in parts for text in one.texts],
        [file for one in parts for file in one.files],
    )


def carried(inner: Made) -> Made:
    return Made(
        b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\nMIME-Version: 1.0\r\n" + inner.raw,
        inner.texts,
        inner.files,
    )


def larger(parts: st.SearchStrategy[Made]) -> st.SearchStrategy[Made]:
    many = st.lists(parts, min_size=1, max_size=4)
    return st.builds(
        joined, st.sampled_from(["mixed", "related", "signed", "x-unheard-of"]), many, st.integers(0, 10**6)
    ) | st.builds(carried, parts)


MAILS = st.recursive(text_parts() | file_parts(), larger, max_leaves=10)
HEADERS = b"From: =?utf-8?Q?J=C3=B6?= <j@example.org>\r\nSubject: made up\r\nMIME-Version: 1.0\r\n"
MADE = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


@MADE
@given(MAILS)
def test_what_is_put_in_comes_out(made: Made) -> None:
    read = read_message(HEADERS + made.raw)

    kept = [one.sha256 for one in read.attachments]
    for content in made.files:
        assert hashlib.sha256(content).hexdigest() in kept
    for text in made.texts:
        assert text in read.text
    check_printable(read)


@MADE
@given(MAILS, st.data())
def test_a_mail_cut_short_or_damaged_is_still_read(made: Made, data: st.DataObject) -> None:
    raw = HEADERS + made.raw
    cut = data.draw(st.integers(0, len(raw)))
    place, junk = data.draw(st.integers(0, len(raw))), data.draw(st.binary(max_size=20))
    check_printable(read_message(raw[:cut]))
    check_printable(read_message(raw[:place] + junk + raw[place + len(junk) :]))


@MADE
@given(st.lists(text_parts(), min_size=2, max_size=3))
def test_alternatives_show_what_each_program_would(parts: list[Made]) -> None:
    read = read_message(HEADERS + joined("alternative", parts, 1).raw)

    assert any(one.texts[0] in read.text for one in parts)
    check_printable(read)


def check_printable(read: ReadMessage) -> None:
    """What `flask mail read` prints is JSON, all of it; and the letter falls into its parts."""
    row = json.loads(json.dumps(printed(read, file="x")))
    assert len(row) == 16
    assert all(
        one["filename"] and one["size"] >= 0 and len(one["sha256"]) == 64 for one in row["attachments"]
    )
    visible_text(read.text)
