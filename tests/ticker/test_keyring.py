import hmac

import pytest

from tests.keys import make_key
from ticker.authorizer import Credentials, Grant
from ticker.keyring import Keyring

KEPT, GIVEN = make_key(channels=["quotes/A*"], feeds=["iex"], most_channels=3, most_connections=2)
RIGHT = Credentials(GIVEN.key, GIVEN.secret)
WRONG = [
    Credentials(GIVEN.key, GIVEN.secret + "x"),
    Credentials(GIVEN.key, GIVEN.secret[:-1]),
    Credentials(GIVEN.key, ""),
    Credentials(GIVEN.key, KEPT.secret_sha256),
    Credentials("TK" + "A" * 18, GIVEN.secret),
    Credentials("", ""),
    Credentials(GIVEN.key, "\udcff"),
]


def keyring(*anonymous: str) -> Keyring:
    ring = Keyring(anonymous)
    ring.replace({KEPT.id: KEPT})
    return ring


def test_the_holder_of_a_key_is_granted_what_it_allows() -> None:
    assert keyring().grant(RIGHT) == Grant(KEPT.id, ("quotes/A*",), ("iex",), 3, 2)


def test_and_what_anybody_may_read() -> None:
    ring = keyring("games/*")
    assert ring.grant(None) == Grant(None, ("games/*",))
    assert ring.grant(RIGHT) == Grant(KEPT.id, ("quotes/A*", "games/*"), ("iex",), 3, 2)


@pytest.mark.parametrize("shown", WRONG)
def test_wrong_credentials_are_worth_nothing_unless_anybody_may_read_all(shown: Credentials) -> None:
    assert keyring().grant(shown) is None
    assert keyring("games/*").grant(shown) is None
    assert keyring("games/*", "*").grant(shown) == Grant(None, ("games/*", "*"))


def test_grants_are_renewed_until_their_key_is_revoked() -> None:
    ring = keyring("games/*")
    anybody, grant = ring.grant(None), ring.grant(RIGHT)
    assert anybody is not None
    assert grant is not None
    assert ring.renewed(grant) == grant
    ring.replace({})
    assert ring.grant(RIGHT) is None
    assert ring.renewed(grant) is None
    assert ring.renewed(anybody) == anybody


def test_every_secret_is_compared_once_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[int, int]] = []
    compare = hmac.compare_digest

    def counted(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return compare(one, other)

    monkeypatch.setattr("hmac.compare_digest", counted)
    ring = keyring()
    for shown in (RIGHT, *WRONG):
        ring.grant(shown)
    assert compared == [(32, 32)] * (1 + len(WRONG))
