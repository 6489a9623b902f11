"""A mail of a megabyte is read in less than two seconds, however it is made: each of these once took much longer."""

from __future__ import annotations

import base64
import io
import json
import time
import zipfile

import pytest

from app.conversations.reading import printed, read_message, visible_text

HEAD = b"From: a@b.example\r\nSubject: x\r\n"
HTML = HEAD + b"Content-Type: text/html\r\n\r\n"
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(40_000_000))
    return out.getvalue()


def papers() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(40):
            archive.writestr(f"{number}.pdf", b"%PDF-1.7 " + b"/Encrypt 1 0 R obj <<" * 45_000)
    return out.getvalue()


HOSTILE = {
    "ampersands": HTML + b"&" * 1_000_000,
    "references": HTML + b"&amp;" * 200_000,
    "hard spaces": HTML + "\xa0".encode() * 500_000,
    "signs": HTML + bytes(range(128, 192)) * 15_000,
    "empty paragraphs": HTML + b"\n<p>\n" * 200_000,
    "brackets": HTML + b"<" * 1_000_000,
    "many deep pages": MIXED
    + b"".join(b"--b\r\nContent-Type: text/html\r\n\r\n" + b"<div>" * 3_990 + b"\r\n" for _ in range(50)),
    "quotes in a name": HEAD + b'To: "' + b'\\"' * 500_000 + b"\r\n\r\nx",
    "headers": HEAD + b"a:\r\n" * 240_000 + b"\r\nx",
    "recipients": HEAD + b"To: a@b.example\r\n" * 55_000 + b"\r\nx",
    "parts": MIXED + b"--b\r\nContent-Type: text/html\r\n\r\n<p>a\r\n" * 4_900,
    "wrong boundaries": HEAD
    + b"".join(
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--b%d\r\n" % number for number in range(18_000)
    ),
    "lines of a signature": HEAD + b"\r\n" + b"__\r\n" * 240_000,
    "introductions": HEAD + b"\r\n" + b"On 2 Mar 2026 x:\r\n" * 55_000,
    "RFC 2231": HEAD
    + b"Content-Type: text/plain;\r\n"
    + b"".join(b" name*%d=a;\r\n" % number for number in range(70_000))
    + b"\r\nx",
    "words": HEAD + b"Subject: " + b"=?utf-8?Q?=C3=A9?= " * 50_000 + b"\r\n\r\nx",
    "one line of base64": HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"QUJD" * 250_000,
    "paddings": HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"QQ==\r\n" * 160_000,
    "soft breaks": HEAD + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=\r\n" * 330_000,
    "groups of RTF": HEAD + b"Content-Type: text/rtf\r\n\r\n{\\rtf1" + b"{\\b " * 250_000,
    "beginnings": HEAD + b"\r\n" + b"begin 644 x\r\n" * 76_000,
    "an archive": HEAD
    + b"Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.encodebytes(bomb()),
    "locked papers": HEAD
    + b"Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.encodebytes(papers()),
}
OFTEN = {
    "ampersands",
    "hard spaces",
    "many deep pages",
    "headers",
    "parts",
    "wrong boundaries",
    "lines of a signature",
}


@pytest.mark.parametrize(
    "name", [name if name in OFTEN else pytest.param(name, marks=pytest.mark.deep) for name in HOSTILE]
)
def test_a_megabyte_in_two_seconds(name: str) -> None:
    began = time.process_time()
    read = read_message(HOSTILE[name])
    json.dumps(printed(read, file=name))
    visible_text(read.text)

    assert time.process_time() - began < 2


def test_signs_in_a_row_stay() -> None:
    read = read_message(HTML + "<p>«\xa0Bonjour\xa0»</p>\n".encode() * 9_000)

    assert read.text.split("\n\n")[0] == "« Bonjour »" and read.text.count("« Bonjour »") == 9_000
