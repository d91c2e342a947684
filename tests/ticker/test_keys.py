import json
import re

import pytest

from tests.keys import make_key
from ticker.keys import decode_keys, digest_of, encode_keys, new_id, new_secret


def test_ids_and_secrets() -> None:
    ids, secrets = {new_id() for _ in range(100)}, {new_secret() for _ in range(100)}
    assert len(ids) == len(secrets) == 100
    assert all(re.fullmatch(r"TK[0-9A-Z]{18}", id_) for id_ in ids)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", secret) for secret in secrets)


def test_what_is_written_is_read_again() -> None:
    keys = {
        kept.id: kept
        for kept, _ in (
            make_key(),
            make_key(name="Ann's", channels=["quotes/A*", "games/nfl"], feeds=["iex"], most_channels=3),
            make_key(most_connections=2),
        )
    }
    assert decode_keys(encode_keys(keys)) == keys
    assert decode_keys(encode_keys({})) == {}


def test_no_secret_is_written() -> None:
    kept, given = make_key()
    written = encode_keys({kept.id: kept})
    assert given.secret.encode() not in written
    assert digest_of(given.secret).hex().encode() in written


def test_a_secret_that_is_no_text_has_a_digest() -> None:
    assert len(digest_of("\udcff\ud800")) == 32


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "TKshort"}, "no key's id"),
        ({"secret_sha256": "AB" * 32}, "no SHA-256"),
        ({"channels": ["qoutes/A"]}, "no pattern of channels"),
        ({"channels": []}, "has no channels"),
        ({"feeds": ["a b"]}, "no feed"),
        ({"name": "a\nb"}, "no line of 64"),
        ({"name": "a" * 65}, "no line of 64"),
        ({"most_channels": 0}, "most_channels of TK.* is 0: it is 1 or more"),
        ({"most_connections": -1}, "most_connections of TK.* is -1"),
        ({"most_connections": "many"}, "most_connections"),
        ({"secret": "x"}, "unknown field `secret`"),
    ],
)
def test_what_is_no_key(change: dict[str, object], said: str) -> None:
    kept, _ = make_key()
    file = json.loads(encode_keys({kept.id: kept}))
    file["keys"][0].update(change)
    with pytest.raises(ValueError, match=said):
        decode_keys(json.dumps(file).encode())


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"keys":{}}', b"\xff", b'{"keys":[],"more":1}'])
def test_what_is_no_file(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        decode_keys(data)


def test_an_id_is_there_once() -> None:
    kept, _ = make_key()
    file = json.loads(encode_keys({kept.id: kept}))
    file["keys"] *= 2
    with pytest.raises(ValueError, match="an id is there twice"):
        decode_keys(json.dumps(file).encode())
