import pytest

from ticker.timestamp import parse_moment, sortable


def test_sortable_times_sort_as_times_do() -> None:
    times = [
        "2021-01-08T00:00:00Z",
        "2021-01-08T00:00:00.000000001Z",
        "2021-01-08T00:00:00.5Z",
        "2021-01-08T00:00:00.51Z",
        "2021-01-08T00:00:01.0Z",
        "2021-01-08T00:00:10Z",
    ]
    shuffled = [times[number] for number in (3, 0, 5, 1, 4, 2)]
    assert sorted(shuffled, key=sortable) == times
    assert sortable("2021-01-08T00:00:10.000Z") == sortable("2021-01-08T00:00:10Z")
    assert sortable("2021-01-08T00:00:00.510Z") == sortable("2021-01-08T00:00:00.51Z")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2021-01-08T14:30:00Z", "2021-01-08T14:30:00"),
        ("2021-01-08t14:30:00.120z", "2021-01-08T14:30:00.12"),
        ("2021-01-08T00:30:00.000000001+01:00", "2021-01-07T23:30:00.000000001"),
        ("2021-01-08", "2021-01-08T00:00:00"),
    ],
)
def test_moments(text: str, moment: str) -> None:
    assert parse_moment(text) == moment


def test_a_date_ends_with_its_last_instant() -> None:
    assert parse_moment("2021-01-08", is_end=True) == "2021-01-08T23:59:59.999999999"
    assert parse_moment("2021-01-08T00:00:00Z", is_end=True) == "2021-01-08T00:00:00"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2021-02-30",
        "2021-01-08T14:30:00",
        "2021-01-08T25:00:00Z",
        "2021-01-08 14:30:00Z",
        "2021-01-08T14:30:00 01:00",
        "0001-01-01T00:00:00+01:00",
        "2021-01-08T14:30:00.0123456789Z",
        "٢٠٢١-01-08",
    ],
)
def test_no_moments(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_moment(text)
