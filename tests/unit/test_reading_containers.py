"""Files inside files of a mail: archives, winmail.dat, mails kept as files, signed mails; and files with a password."""

from __future__ import annotations

import base64
import io
import struct
import zipfile
from datetime import UTC, datetime, timedelta

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from app.conversations.reading import ReadMessage, read_message
from app.conversations.reading.archives import DAMAGED
from app.conversations.reading.archives import LOCKED as LOCKED_ARCHIVE
from app.conversations.reading.locked import LOCKED, UNKNOWN_ARCHIVE
from app.conversations.reading.signed import ENCRYPTED, UNREADABLE

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(range(256)) + b"\n%%EOF\n"
HEIC = b"\x00\x00\x00\x18ftypheic" + bytes(100)
INNER = b"From: hr@example.org\r\nTo: anna@example.org\r\nSubject: Papers\r\nMIME-Version: 1.0\r\n" + (
    b'Content-Type: multipart/mixed; boundary="in"\r\n\r\n--in\r\n\r\ninner words\r\n--in\r\n'
    b"Content-Type: image/png; name=selfie.png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.encodebytes(PNG)
    + b"--in--\r\n"
)


def carrying(
    content: bytes, name: str, kind: str = "application/octet-stream", text: str = "see below"
) -> ReadMessage:
    """A mail with one file, read."""
    return read_message(
        f"From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: "
        f"multipart/mixed; boundary=cut\r\n\r\n--cut\r\n\r\n{text}\r\n"
        f'--cut\r\nContent-Type: {kind}; name="{name}"\r\nContent-Disposition: attachment; filename="{name}"\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{base64.encodebytes(content).decode()}\r\n--cut--\r\n".encode()
    )


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def found(read: ReadMessage) -> dict[str, bytes]:
    return {one.filename: one.content for one in read.attachments}


def test_the_documents_in_an_archive_are_the_mails_and_the_archive_is_kept() -> None:
    archive = zipped(
        {"papers/passport.pdf": PDF, "../../../etc/passwd": b"x", "photo.heic": HEIC, "__MACOSX/._a": b"y"}
    )
    read = carrying(archive, "papers.zip", "application/zip")

    assert found(read) == {"papers.zip": archive, "passport.pdf": PDF, "passwd": b"x", "photo.heic": HEIC}
    assert [one.media_type for one in read.attachments] == [
        "application/zip", "application/pdf", "application/octet-stream", "image/heic",
    ]  # fmt: skip
    assert read.defects == ()


def test_an_archive_in_an_archive_is_opened_and_an_endless_one_is_not() -> None:
    archive = zipped({"deep.zip": zipped({"passport.pdf": PDF})})
    assert found(carrying(archive, "a.zip"))["passport.pdf"] == PDF

    for _ in range(12):
        archive = zipped({"deeper.zip": archive})
    read = carrying(archive, "a.zip")
    assert "passport.pdf" not in found(read)
    assert "mails inside mails, deeper than 8" in read.defects


def test_office_documents_are_no_archives() -> None:
    document = zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})
    read = carrying(
        document, "letter.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    )
    assert (list(found(read)), read.defects) == (["letter.docx"], ())


@pytest.mark.parametrize(
    "archive",
    [
        zipped({f"{number}.bin": bytes(30_000_000) for number in range(3)}),
        zipped({f"{number}.txt": b"x" for number in range(1_000)}),
        zipped({"a.bin": bytes(60_000_000)}, zipfile.ZIP_BZIP2),
    ],
    ids=["steep", "many", "huge"],
)
def test_a_bomb_ends_as_a_defect(archive: bytes) -> None:
    read = carrying(archive, "bomb.zip")

    assert found(read)["bomb.zip"] == archive
    assert len(read.attachments) <= 301
    assert sum(len(one.content) for one in read.attachments) < 50 * 1024 * 1024
    assert set(read.defects) & {
        "an archive that grows beyond measure when opened, kept as it is", "more inside an archive than is taken out of one",
    }  # fmt: skip


def test_damaged_and_locked_archives_are_kept_and_told() -> None:
    archive = zipped({"passport.pdf": PDF * 20}, zipfile.ZIP_STORED)
    assert DAMAGED in carrying(archive[:300], "a.zip").defects
    assert DAMAGED in carrying(archive.replace(PDF, PDF[::-1], 1), "a.zip").defects
    locked = bytearray(archive)
    locked[6] |= 1
    locked[archive.index(b"PK\x01\x02") + 8] |= 1
    read = carrying(bytes(locked), "a.zip")
    assert (list(found(read)), read.defects) == (["a.zip"], (LOCKED_ARCHIVE,))
    assert carrying(b"Rar!\x1a\x07\x01\x00abc", "a.rar").defects == (UNKNOWN_ARCHIVE,)


def test_names_in_old_archives_are_read_in_their_charset() -> None:
    name = "паспорт иванова ивана.pdf"
    raw = zipped({"x" * len(name): PDF}).replace(b"x" * len(name), name.encode("cp1251"))
    assert len(found(carrying(raw, "a.zip"))) == 2
    utf8 = zipped({"x" * len("护照".encode()): PDF}).replace(b"x" * 6, "护照".encode())
    assert "护照" in found(carrying(utf8, "a.zip"))


@pytest.mark.parametrize("revision", [2, 3, 4, 6])
@pytest.mark.parametrize("password", ["", "secret"])
def test_a_pdf_that_needs_a_password_is_flagged_and_a_restricted_one_is_not(
    revision: int, password: str
) -> None:
    document = pikepdf.new()
    document.add_blank_page()
    out = io.BytesIO()
    strong = revision > 3
    lock = pikepdf.Encryption(owner="owner", user=password, R=revision, aes=strong, metadata=strong)  # type: ignore[arg-type]  # any revision
    document.save(out, encryption=lock)

    read = carrying(out.getvalue(), "passport.pdf", "application/pdf")
    assert read.defects == ((LOCKED,) if password else ())


def test_office_documents_with_a_password_are_flagged() -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    new = ole + "EncryptedPackage".encode("utf-16-le")
    word = ole + b"\xec\xa5" + bytes(9) + b"\x01" + bytes(100)
    excel = ole + b"\x09\x08\x10\x00" + bytes(16) + b"\x2f\x00\x36\x00" + bytes(60)
    for content, defects in ((new, (LOCKED,)), (word, (LOCKED,)), (excel, (LOCKED,)), (ole + bytes(600), ())):
        assert carrying(content, "letter.doc", "application/msword").defects == defects


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("application/octet-stream", "Papers.eml"),
        ("message/rfc822", "Papers.eml"),
        ("text/plain", "Papers.EML"),
    ],
)
def test_a_mail_kept_as_a_file_brings_its_files(kind: str, name: str) -> None:
    read = carrying(INNER, name, kind)
    assert found(read)["selfie.png"] == PNG
    assert found(read)[name] == INNER
    assert read.text == "see below\n\ninner words"


def test_a_file_that_is_only_called_a_mail_stays_a_file() -> None:
    assert found(carrying(b"no mail at all", "a.eml")) == {"a.eml": b"no mail at all"}


def key_and_certificate() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Anna")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    return key, made.sign(key, hashes.SHA256())


@pytest.mark.parametrize("armoured", [False, True])
def test_a_signed_mail_is_opened(armoured: bool) -> None:
    key, certificate = key_and_certificate()
    builder = pkcs7.PKCS7SignatureBuilder().set_data(INNER).add_signer(certificate, key, hashes.SHA256())
    signed = builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])
    content = base64.encodebytes(signed) if armoured else signed

    read = carrying(content, "smime.p7m", "application/pkcs7-mime; smime-type=signed-data", text="")
    assert read.text == "inner words"
    assert found(read)["selfie.png"] == PNG
    assert read.defects == ()


def test_signed_in_pieces_of_no_stated_length() -> None:
    data = (
        b"\xa0\x80\x24\x80"
        + b"".join(b"\x04" + bytes([len(one)]) + one for one in (INNER[:100], INNER[100:160]))
        + bytes(4)
    )
    signed = (
        bytes.fromhex("308006092a864886f70d010702a080308002010131003080")
        + bytes.fromhex("06092a864886f70d010701")
        + data
    )
    read = carrying(signed + bytes(8), "smime.p7m", "application/x-pkcs7-mime", text="")
    assert read.attachments[0].filename == "smime.p7m"
    assert UNREADABLE not in read.defects


def test_what_is_encrypted_or_broken_is_kept_and_told() -> None:
    enveloped = bytes.fromhex("308006092a864886f70d010703a080") + bytes(60)
    assert carrying(enveloped, "smime.p7m", "application/pkcs7-mime").defects == (ENCRYPTED,)
    assert carrying(b"nonsense", "smime.p7m", "application/pkcs7-mime").defects == (UNREADABLE,)
    pgp = (
        b"Content-Type: multipart/encrypted; boundary=c\r\n\r\n--c\r\n"
        b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--c--\r\n"
    )
    assert read_message(pgp).defects == (ENCRYPTED,)


def prop(kind: int, tag: int, value: bytes) -> bytes:
    if kind == 0x03:
        return struct.pack("<HH", kind, tag) + value
    return struct.pack("<HHII", kind, tag, 1, len(value)) + value + bytes(-len(value) % 4)


def props(*of: bytes) -> bytes:
    return struct.pack("<I", len(of)) + b"".join(of)


def tnef(*attributes: tuple[int, int, bytes]) -> bytes:
    out = b"\x78\x9f\x3e\x22\x01\x00"
    for level, attribute, data in attributes:
        out += struct.pack("<BII", level, attribute, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)
    return out


def tnef_file(
    name: str, content: bytes, *, long_name: str = "", embedded: bool = False
) -> list[tuple[int, int, bytes]]:
    named = [prop(0x1F, 0x3707, (long_name + "\0").encode("utf-16-le"))] if long_name else []
    held = [prop(0x0D, 0x3701, bytes(16) + content)] if embedded else []
    return [
        (2, 0x00069002, bytes(14)),
        *([] if embedded else [(2, 0x0006800F, content)]),
        (2, 0x00018010, name.encode() + b"\0"),
        (2, 0x00069005, props(*named, *held, prop(0x03, 0x0E20, bytes(4)))),
    ]


def test_winmail_dat_gives_its_files_under_their_long_names() -> None:
    inner = tnef(
        (1, 0x00069003, props(prop(0x1F, 0x1000, "inside\0".encode("utf-16-le")))), *tnef_file("k.pdf", PDF)
    )
    winmail = tnef(
        (1, 0x0002800C, b"the body\0"),
        *tnef_file("PASSPO~1.PDF", PDF, long_name="Passport Anna – copy.pdf"),
        *tnef_file("photo.heic", HEIC),
        *tnef_file("Older letter", inner, embedded=True),
    )
    read = carrying(winmail, "winmail.dat", "application/ms-tnef")

    assert {"Passport Anna – copy.pdf": PDF, "photo.heic": HEIC, "k.pdf": PDF}.items() <= found(read).items()
    assert read.text == "see below\n\ninside"
    assert read.defects == ()
    assert carrying(winmail, "winmail.dat", text="").text == "the body\n\ninside"


def test_the_body_of_a_winmail_dat_in_all_its_forms() -> None:
    html = tnef(
        (
            1,
            0x00069003,
            props(prop(0x102, 0x1013, "<p>Grüße</p>".encode()), prop(0x03, 0x3FDE, struct.pack("<I", 65001))),
        )
    )
    assert carrying(html, "winmail.dat", text="").text == "Grüße"
    rtf = b"{\\rtf1\\ansi\\ansicpg1252 Gr\\'fc\\'dfe\\par two}"
    packed = struct.pack("<IIII", len(rtf) + 12, len(rtf), 0x414C454D, 0) + rtf
    assert (
        carrying(tnef((1, 0x00069003, props(prop(0x102, 0x1009, packed)))), "winmail.dat", text="").text
        == "Grüße\ntwo"
    )


def test_compressed_rtf_is_the_example_of_the_specification() -> None:
    # MS-OXRTFCP 4.1.1 and 4.1.2: "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}" and "{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}".
    from app.conversations.reading.rtf import text_of_rtf, unpacked

    hello = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af3 2068656c090020627705b06c647d0a800fa0".replace(
            " ", ""
        )
    )
    assert unpacked(hello) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert text_of_rtf(unpacked(hello)) == "hello world"
    again = bytes.fromhex("1a0000001c0000004c5a4675e2d44b5141000420 5758595a0d6e7d010eb0".replace(" ", ""))
    assert unpacked(again) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


@pytest.mark.parametrize("cut", range(0, 260, 7))
def test_a_damaged_winmail_dat_is_read_as_far_as_it_goes(cut: int) -> None:
    winmail = tnef(*tnef_file("a.pdf", b"%PDF-first", long_name="first.pdf"), *tnef_file("b.pdf", PDF))
    read = carrying(winmail[:cut] + b"\xff\xff" + winmail[cut + 2 :], "winmail.dat")
    assert read.attachments[0].filename == "winmail.dat"


def test_uuencoded_files_inside_a_text() -> None:
    import binascii

    block = (
        b"begin 644 passport.png\r\n"
        + b"".join(binascii.b2a_uu(PNG[at : at + 45]) for at in range(0, len(PNG), 45))
        + b"`\r\nend\r\n"
    )
    read = read_message(
        b"Subject: x\r\n\r\nHere it is:\r\n\r\n" + block + b"\r\nBye\r\nbegin 2 days early\r\n"
    )
    assert read.text == "Here it is:\n\n\nBye\nbegin 2 days early"
    assert found(read) == {"passport.png": PNG}
    assert "begin 644 x" in read_message(b"\r\nbegin 644 x\r\nM1234\r\n").text
