"""Mails damaged at random, from a fixed seed: a small sample in every run, thousands in the deep one."""

from __future__ import annotations

import base64
import io
import json
import random
import time
import zipfile
from collections.abc import Iterator

import pytest

from app.conversations.reading import printed, read_message

SPLINTERS = [
    *(
        b"\r\n",
        b"\n",
        b"\r",
        b"\0",
        b"\xff\xfe",
        b"--cut",
        b"--cut--",
        b'"',
        b";",
        b"=",
        b"=?",
        b"?=",
        b"=?utf-8?B?",
        b"*0*=",
        b"<",
        b">",
    ),
    *(
        b"&",
        b"begin 644 x\n",
        b"Content-Type: multipart/mixed; boundary=cut\r\n\r\n",
        b"Content-Type: message/rfc822\r\n\r\n",
    ),
    *(
        b"Content-Transfer-Encoding: base64\r\n",
        b"charset=utf-16",
        b"charset=idna",
        b"\x1b$B",
        b"~{",
        b"+AOk-",
        b"\xe2\x80\xae",
    ),
]


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("passport.pdf", b"%PDF-1.7 /Encrypt 1 0 R" + bytes(100))
    return out.getvalue()


def part(head: str, body: bytes, *, encode: bool = False) -> bytes:
    lines = head.replace("\n", "\r\n").encode()
    if encode:
        lines, body = lines + b"\r\nContent-Transfer-Encoding: base64", base64.encodebytes(body)
    return lines + b"\r\n\r\n" + body


def together(*parts: bytes, kind: str = "mixed", cut: str = "cut") -> bytes:
    head = (
        f'From: "Anna" <a@example.org>\r\nTo: s@example.org\r\nSubject: =?utf-8?Q?J=C3=B6?=\r\n'
        f"MIME-Version: 1.0\r\nContent-Type: multipart/{kind}; boundary={cut}\r\n\r\n"
    )
    return (
        head.encode()
        + b"".join(f"--{cut}\r\n".encode() + one + b"\r\n" for one in parts)
        + f"--{cut}--\r\n".encode()
    )


def corpus() -> list[bytes]:
    """One mail of each kind that has code of its own."""
    return [
        together(
            part(
                "Content-Type: text/plain; charset=koi8-r; format=flowed",
                "привет \r\n> старое".encode("koi8-r"),
            ),
            part("Content-Type: text/html", b"<p>a&amp;b<blockquote>c</p><table><tr><td>d"),
            kind="alternative",
        ),
        together(part("Content-Type: application/zip; name=a.zip", archive(), encode=True)),
        together(
            part(
                "Content-Type: application/ms-tnef; name=winmail.dat",
                b"\x78\x9f\x3e\x22\1\0\1\x0c\x80\2\0\4\0\0\0body\0\0\2\2\x90\6\0\0\0\0\0\0\0\2\5\x90\6\0\x0c\0\0\0\1\0\0\0\3\0\x20\x0e\0\0\0\0\0\0",
                encode=True,
            )
        ),
        together(part("Content-Type: message/rfc822", together(part("", b"inner"), cut="in"))),
        together(
            part("", b"I'm sorry\r\n<a@b.example>:\r\n550 5.1.1 no such user"),
            part(
                "Content-Type: message/delivery-status",
                b"Reporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; a@b.c\r\nAction: failed\r\nStatus: 5.1.1\r\n",
            ),
            part("Content-Type: text/rfc822-headers", b"Message-ID: <x@y>\r\n"),
            kind="report",
        ),
        together(
            part(
                "Content-Type: text/calendar; method=REPLY",
                b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nUID:1\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:a@b.c\r\n",
            )
        ),
        together(
            part(
                "Content-Type: application/pkcs7-mime; name=smime.p7m",
                bytes.fromhex("308006092a864886f70d010702a080308006092a864886f70d010701a0800404")
                + b"a: b\r\n",
                encode=True,
            )
        ),
        together(
            part("Content-Type: text/rtf", b"{\\rtf1\\ansi \\'e9\\u233?{\\*\\x y}\\par}"),
            part("Content-Type: text/enriched", b"<bold>x</bold><<"),
        ),
        part(
            "Subject: x\nContent-Transfer-Encoding: quoted-printable",
            b"caf=C3=A9=\r\nbegin 644 a.txt\r\n#0V%T\r\n`\r\nend\r\n",
        ),
        part(
            "Content-Type: image/jpeg; name*0*=utf-8''%C3%A9;\n name*1=\"b.jpg\"\nContent-Disposition: inline",
            b"\xff\xd8\xff\xe0",
            encode=True,
        ),
    ]


def damaged(raw: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 8)):
        place, act = chance.randrange(len(raw) + 1), chance.randrange(5)
        length = chance.choice([1, 2, 8, 60])
        if act == 0:
            raw = raw[:place] + chance.choice(SPLINTERS) + raw[place:]
        elif act == 1:
            raw = raw[:place] + raw[place + length :]
        elif act == 2:
            raw = raw[:place] + chance.randbytes(length) + raw[place + length :]
        elif act == 3:
            raw = raw[:place] + raw[place : place + length] * chance.choice([2, 50]) + raw[place:]
        else:
            raw = raw[:place] if chance.random() < 0.3 else raw.replace(chance.choice(SPLINTERS[:12]), b"", 1)
    return raw


def mails(seed: int) -> Iterator[bytes]:
    chance, whole = random.Random(seed), corpus()
    while True:
        yield damaged(chance.choice(whole), chance)


def check(raw: bytes) -> None:
    read = read_message(raw)
    line = json.dumps(printed(read, file="x"))
    assert "\\ud8" not in line.replace("\\ud83", "") or json.loads(line)["text"].encode()
    assert "\\u0000" not in line
    for defect in read.defects:
        assert not defect.startswith("cannot be taken apart"), (defect, raw)


def test_the_whole_mails_are_read_without_a_defect_of_ours() -> None:
    for raw in corpus():
        check(raw)


@pytest.mark.parametrize("seed", range(4))
def test_a_sample_of_damaged_mails(seed: int) -> None:
    stream = mails(seed)
    for _ in range(60):
        check(next(stream))


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(100, 110))
def test_thousands_of_damaged_mails(seed: int) -> None:
    stream, end = mails(seed), time.monotonic() + 60
    for _ in range(1_500):
        check(next(stream))
        if time.monotonic() > end:
            return
