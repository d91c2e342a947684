import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticker.cursor import LONGEST, InvalidCursor, cursor_head, decode_cursor, encode_cursor
from ticker.kinds import KINDS
from ticker.position import Position, TopicPosition

POSITIONS = st.dictionaries(
    st.sampled_from(sorted(KINDS)),
    st.tuples(st.binary(min_size=4, max_size=4), st.lists(st.integers(-1, 2**62), min_size=1, max_size=12)),
)


@given(POSITIONS, st.binary(min_size=6, max_size=6))
def test_a_cursor_says_what_was_put_in(topics: dict[str, tuple[bytes, list[int]]], digest: bytes) -> None:
    position = Position(
        {kind: TopicPosition(KINDS[kind].code, tag, tuple(offsets)) for kind, (tag, offsets) in topics.items()}
    )
    text = encode_cursor(cursor_head(digest), tuple(sorted(topics)), position)
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
    cursor = decode_cursor(text)
    assert cursor.digest == digest
    assert {kind: (part.tag, list(part.offsets)) for kind, part in cursor.position.topics.items()} == topics


@given(st.text())
def test_rubbish_is_refused_and_nothing_else_is_raised(text: str) -> None:
    with contextlib.suppress(InvalidCursor):
        decode_cursor("1" + text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "begin"),
        ("2AAAAAAAA", "begin"),
        ("1AAAAAAA", "begin"),
        ("1AAAAAAAA.zAAAAAAA", "kind"),
        ("1AAAAAAAA.qAAAAAAA.qAAAAAAA", "kind"),
        ("1AAAAAAAA.q!!!!!!!", "damaged"),
        ("1AAAAAAAA.qAAAA", "cut short"),
        ("1AAAAAAAA.qAAAAAIA", "cut short"),
        ("1AAAAAAAA.qAAAAAP________________w8", "too large"),
        ("1" + "A" * LONGEST, "most"),
    ],
)
def test_what_is_wrong_is_said(text: str, why: str) -> None:
    with pytest.raises(InvalidCursor, match=why):
        decode_cursor(text)


def test_twelve_partitions_are_some_eighty_characters() -> None:
    position = Position({"quotes": TopicPosition("q", b"abcd", (100_000,) * 12)})
    assert len(encode_cursor(cursor_head(b"digest"), ("quotes",), position)) < 84
