"""Sealing, wrapping and signing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel import crypto

# Example 1 of RFC 8032, section 7.1.
RFC_SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
RFC_PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")


@given(st.binary(max_size=2000), st.binary(max_size=50))
def test_what_was_sealed_comes_back(plaintext: bytes, place: bytes) -> None:
    key = crypto.new_key()
    sealed = crypto.seal(key, plaintext, place)
    assert len(sealed) == len(plaintext) + crypto.OVERHEAD_BYTES
    assert crypto.open(key, sealed, place) == plaintext


def test_every_altered_byte_is_noticed() -> None:
    key = crypto.new_key()
    sealed = crypto.seal(key, b"passport", b"place")
    for position in range(len(sealed)):
        altered = bytearray(sealed)
        altered[position] ^= 1
        with pytest.raises(crypto.TamperedData):
            crypto.open(key, bytes(altered), b"place")


def test_every_cut_and_addition_is_noticed() -> None:
    key = crypto.new_key()
    sealed = crypto.seal(key, b"passport", b"place")
    for changed in [sealed[:length] for length in range(len(sealed))] + [sealed + b"\0"]:
        with pytest.raises(crypto.TamperedData):
            crypto.open(key, changed, b"place")


@pytest.mark.parametrize(("key", "place"), [(bytes(32), b"place"), (None, b"other place")])
def test_another_key_or_place_does_not_open(key: bytes | None, place: bytes) -> None:
    right = crypto.new_key()
    sealed = crypto.seal(right, b"secret of Ms Example", b"place")
    with pytest.raises(crypto.TamperedData) as caught:
        crypto.open(key or right, sealed, place)
    assert "Example" not in str(caught.value) and caught.value.__cause__ is None


def test_nonces_differ() -> None:
    key = crypto.new_key()
    assert len({crypto.seal(key, b"", b"")[1:13] for _ in range(200)}) == 200


def test_a_wrapped_key_comes_back_and_nothing_else_is_taken_for_a_key() -> None:
    outer, inner = crypto.new_key(), crypto.new_key()
    assert crypto.unwrap_key(outer, crypto.wrap_key(outer, inner, b"owner"), b"owner") == inner
    with pytest.raises(crypto.TamperedData):
        crypto.unwrap_key(outer, crypto.seal(outer, b"short", b"owner"), b"owner")
    with pytest.raises(ValueError, match="32 bytes"):
        crypto.wrap_key(outer, b"short", b"owner")


def test_signatures_follow_the_standard() -> None:
    assert crypto.public_key(RFC_SEED) == RFC_PUBLIC
    signature = crypto.sign(RFC_SEED, b"")
    assert signature.hex().startswith("e5564300c360ac729086e2cc806e828a")
    assert crypto.verify(RFC_PUBLIC, b"", signature)


def test_a_signature_is_over_exactly_one_message_by_one_key() -> None:
    signature = crypto.sign(RFC_SEED, b"head")
    assert crypto.verify(RFC_PUBLIC, b"head", signature)
    assert not crypto.verify(RFC_PUBLIC, b"tail", signature)
    assert not crypto.verify(crypto.public_key(bytes(32)), b"head", signature)
    assert not crypto.verify(b"no key", b"head", signature)
    assert not crypto.verify(RFC_PUBLIC, b"head", signature[:-1])
