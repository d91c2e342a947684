import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.event_time import SECOND, time_at, time_text

YEAR_1, YEAR_10000 = -62_135_596_800 * SECOND, 253_402_300_800 * SECOND


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1610064000310000000, "2021-01-08T00:00:00.31Z"),
        (1546383600078000128, "2019-01-01T23:00:00.078000128Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (YEAR_1, "0001-01-01T00:00:00Z"),
    ],
)
def test_times_are_as_short_as_they_can_be(at: int, text: str) -> None:
    assert time_text(at) == text
    assert time_at(text) == at


@given(st.integers(YEAR_1, YEAR_10000 - 1))
def test_every_nanosecond_survives(at: int) -> None:
    assert time_at(time_text(at)) == at


@pytest.mark.parametrize(
    "text",
    ["", "now", "2021-01-08", "2021-01-08T00:00:00", "2021-01-08T00:00:00+01:00", "2021-13-45T00:00:00Z",
     "2021-01-08T00:00:00.Z", "2021-01-08T00:00:00.1234567890Z", "2021-01-08T00:00:00.-1Z"],
)  # fmt: skip
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        time_at(text)


def test_there_is_no_year_10000() -> None:
    with pytest.raises(OverflowError):
        time_text(YEAR_10000)
