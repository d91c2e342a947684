import gc
from collections.abc import Iterator

import pytest

from web.garbage import Garbage


@pytest.fixture(autouse=True)
def _thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


async def test_what_has_come_is_frozen_and_looked_through_when_half_has_gone() -> None:
    readers = 0
    garbage = Garbage(lambda: readers)
    garbage.start()
    garbage.stop()
    garbage.look()
    assert gc.get_freeze_count() == 0
    readers = 50
    garbage.look()
    assert gc.get_freeze_count() == 0, "so few are not worth it"
    ring: list[object] = []
    ring.append(ring)
    readers = 1000
    garbage.look()
    frozen = gc.get_freeze_count()
    assert frozen > 0
    assert garbage.frozen_with == 1000
    held = {id(thing) for thing in gc.get_objects()}
    assert id(ring) not in held, "what is frozen is out of the collector's sight"
    readers = 600
    garbage.look()
    assert garbage.frozen_with == 1000
    readers = 400
    garbage.look()
    assert garbage.frozen_with == 400
    assert gc.get_freeze_count() > 0


async def test_rings_of_those_who_have_gone_are_freed() -> None:
    readers = 1000
    garbage = Garbage(lambda: readers)

    class Ring:
        freed = 0

        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            Ring.freed += 1

    rings = [Ring() for _ in range(10)]
    garbage.look()
    rings.clear()
    gc.collect()
    assert Ring.freed == 0
    readers = 10
    garbage.look()
    assert Ring.freed == 10
