from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import gettempdir

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.sorted_lines import SortedLines


@contextmanager
def sorted_lines(most_in_memory: int) -> Iterator[SortedLines]:
    with closing(SortedLines(Path(gettempdir()), most_in_memory)) as lines:
        yield lines


@given(st.lists(st.integers(0, 20)), st.integers(1, 10))
def test_lines_of_one_number_stay_in_order_however_many_fit_into_memory(numbers: list[int], most: int) -> None:
    numbered = [(number, b"%d\n" % index) for index, number in enumerate(numbers)]
    with sorted_lines(most) as lines:
        for number, line in numbered:
            lines.add(number, line)
        assert list(lines) == [line for _, line in sorted(numbered, key=lambda pair: pair[0])]


@pytest.mark.parametrize("most", [1, 2, 100])
def test_the_largest_numbers_fit(most: int) -> None:
    with sorted_lines(most) as lines:
        for number in (2**64 - 1, 0, 2**63):
            lines.add(number, b"%d\n" % number)
        assert list(lines) == [b"0\n", b"%d\n" % 2**63, b"%d\n" % (2**64 - 1)]


def test_nothing_is_left_in_the_folder(tmp_path: Path) -> None:
    with closing(SortedLines(tmp_path, 2)) as lines:
        for number in range(10):
            lines.add(number, b"line\n")
        assert len(list(lines)) == 10
    assert list(tmp_path.iterdir()) == []
