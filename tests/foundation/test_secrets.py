"""Encryption at rest and the digests that stand for tokens."""

import pytest

from foundation.secrets import Seal, SealBroken, derived_key, digest, new_token


def test_what_was_sealed_opens_again_and_does_not_show() -> None:
    seal = Seal("an installation's secret key, long enough")
    sealed = seal.seal(b"-----BEGIN PRIVATE KEY-----")
    assert "PRIVATE" not in sealed
    assert seal.open(sealed) == b"-----BEGIN PRIVATE KEY-----"
    assert seal.seal(b"x") != seal.seal(b"x")


def test_another_key_or_a_changed_text_does_not_open() -> None:
    sealed = Seal("one key, which is long enough to be one").seal(b"secret")
    with pytest.raises(SealBroken):
        Seal("another key, which is as long as the one").open(sealed)
    with pytest.raises(SealBroken):
        Seal("one key, which is long enough to be one").open(sealed[:-4] + "AAAA")


def test_tokens_are_random_and_digests_are_not() -> None:
    assert new_token("key-").startswith("key-")
    assert len({new_token() for _ in range(100)}) == 100
    assert len(new_token()) >= 43
    assert digest("a") == digest("a") != digest("b")


def test_keys_of_two_purposes_differ() -> None:
    assert derived_key("secret", "forms") != derived_key("secret", "encryption at rest")
