"""Sealing (AES-256-GCM) and signing (Ed25519): the only file that touches cryptographic primitives.

A sealed value is `version (1 byte) || nonce (12 bytes) || ciphertext and tag (length + 16 bytes)`. The
associated data is not stored: whoever opens must state it again, which binds a value to its place.
"""

import secrets

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
OVERHEAD_BYTES = 1 + NONCE_BYTES + TAG_BYTES
VERSION = b"\x01"


class TamperedData(Exception):
    """Raised when a sealed value does not open: another key, other associated data, or changed bytes."""


def new_key() -> bytes:
    """A fresh random 256-bit key."""
    return secrets.token_bytes(KEY_BYTES)


def seal(key: bytes, plaintext: bytes, associated_data: bytes) -> bytes:
    """Encrypt and authenticate `plaintext` under a 32-byte key with a fresh random nonce.

    Random 96-bit nonces are safe up to about 2**32 values under one key (NIST SP 800-38D); every key here
    seals far fewer, a data key exactly one.
    """
    nonce = secrets.token_bytes(NONCE_BYTES)
    return VERSION + nonce + AESGCM(_checked(key)).encrypt(nonce, plaintext, VERSION + associated_data)


def open(key: bytes, sealed: bytes, associated_data: bytes) -> bytes:
    """Return what was sealed. Raises TamperedData when anything differs from the moment of sealing."""
    if len(sealed) < OVERHEAD_BYTES or sealed[:1] != VERSION:
        raise TamperedData("the sealed value has no known form")
    nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return AESGCM(_checked(key)).decrypt(nonce, body, VERSION + associated_data)
    except InvalidTag:
        raise TamperedData("the sealed value does not open with this key and place") from None


def wrap_key(wrapping_key: bytes, key: bytes, associated_data: bytes) -> bytes:
    """Seal a 32-byte key under another one."""
    return seal(wrapping_key, _checked(key), associated_data=associated_data)


def unwrap_key(wrapping_key: bytes, wrapped: bytes, associated_data: bytes) -> bytes:
    """Return the 32-byte key that was wrapped. Raises TamperedData."""
    key = open(wrapping_key, wrapped, associated_data=associated_data)
    if len(key) != KEY_BYTES:
        raise TamperedData("the wrapped value is not a key")
    return key


def public_key(seed: bytes) -> bytes:
    """The raw 32-byte Ed25519 public key that belongs to a 32-byte seed."""
    return Ed25519PrivateKey.from_private_bytes(_checked(seed)).public_key().public_bytes_raw()


def sign(seed: bytes, message: bytes) -> bytes:
    """The 64-byte Ed25519 signature of `message` with the key pair grown from a 32-byte seed."""
    return Ed25519PrivateKey.from_private_bytes(_checked(seed)).sign(message)


def verify(verifying_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is over exactly `message`, by the owner of the raw 32-byte public key."""
    try:
        Ed25519PublicKey.from_public_bytes(verifying_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _checked(key: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes")
    return key
