"""A private key under a passphrase, as PKCS#8 that `openssl pkey` reads: PBES2 with scrypt and AES-256-CBC.

`cryptography` writes PBES2 too, but with 2048 rounds of PBKDF2: too few for what a person can remember.
Sources: RFC 5958 (the envelope), RFC 8018 (PBES2), RFC 7914 section 7 (scrypt in it).
"""

from __future__ import annotations

import base64
import secrets
import textwrap

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.gateways.der import OCTET_STRING, SEQUENCE, encode, integer

# 16 MB of memory; OpenSSL refuses to read files that ask for more than 32 MB.
SCRYPT_COST, SCRYPT_BLOCKS, SCRYPT_LANES = 2**14, 8, 1

_LABEL = "ENCRYPTED PRIVATE KEY"
_PBES2 = bytes.fromhex("06092a864886f70d01050d")
_SCRYPT = bytes.fromhex("06092b06010401da47040b")
_AES_256_CBC = bytes.fromhex("060960864801650304012a")


def encrypted_pkcs8(key: ec.EllipticCurvePrivateKey, passphrase: bytes) -> bytes:
    """PEM of the EncryptedPrivateKeyInfo for this key."""
    salt, initial = secrets.token_bytes(16), secrets.token_bytes(16)
    wrapping = Scrypt(salt=salt, length=32, n=SCRYPT_COST, r=SCRYPT_BLOCKS, p=SCRYPT_LANES).derive(passphrase)
    padder = padding.PKCS7(128).padder()
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    plain = padder.update(private) + padder.finalize()
    encryptor = Cipher(algorithms.AES256(wrapping), modes.CBC(initial)).encryptor()
    costs = map(integer, (SCRYPT_COST, SCRYPT_BLOCKS, SCRYPT_LANES))
    derivation = encode(SEQUENCE, _SCRYPT, encode(SEQUENCE, encode(OCTET_STRING, salt), *costs))
    cipher = encode(SEQUENCE, _AES_256_CBC, encode(OCTET_STRING, initial))
    scheme = encode(SEQUENCE, _PBES2, encode(SEQUENCE, derivation, cipher))
    encrypted = encode(OCTET_STRING, encryptor.update(plain) + encryptor.finalize())
    return _pem(encode(SEQUENCE, scheme, encrypted))


def _pem(der: bytes) -> bytes:
    body = "\n".join(textwrap.wrap(base64.b64encode(der).decode(), 64))
    return f"-----BEGIN {_LABEL}-----\n{body}\n-----END {_LABEL}-----\n".encode()
