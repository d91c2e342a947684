import pytest

from web.number_texts import format_age, format_number, format_volume


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (None, 2, "—"),
        (float("inf"), 2, "—"),
        (0, 2, "0.00"),
        (-0.001, 2, "0.00"),
        (0.125, 2, "0.13"),
        (2.5, 0, "3"),
        (1.005, 2, "1.00"),
        (-1234.5, 1, "−1,234.5"),
        (1234567.125, 2, "1,234,567.13"),
        (1e22, 2, "1.00e+22"),
        (0.1, 12, "0.100000000000"),
    ],
)
def test_a_number_is_grouped_and_rounded_as_javascript_rounds(value: float | None, decimals: int, text: str) -> None:
    assert format_number(value, decimals) == text


@pytest.mark.parametrize(
    ("value", "text"), [(None, "—"), (0, "0"), (999, "999"), (1000, "1.00K"), (12_345_678, "12.35M"), (4e12, "4.00T")]
)
def test_a_volume_is_short(value: float | None, text: str) -> None:
    assert format_volume(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(-1, "0 s"), (59.9, "59 s"), (60, "1 min"), (3600, "1 h"), (86_399, "23 h"), (1e6, "11 d")]
)
def test_an_age_is_in_the_largest_unit_that_it_has(seconds: float, text: str) -> None:
    assert format_age(seconds) == text
