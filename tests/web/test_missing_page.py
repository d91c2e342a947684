"""Who may see which games."""

from pathlib import Path

import aiohttp
import pytest

from tests.keys import Given, Keys
from tests.web.conftest import Served
from tests.web.game_states import game_of, play_of

GAMES = ("g/nfl.1", "l/nfl")


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    file = Keys(tmp_path / "keys.json")
    file.path.write_bytes(b'{"keys":[]}')
    return file


@pytest.fixture
def readers(keys: Keys) -> tuple[Given, Given]:
    """One that may read the league, one that may not."""
    return keys.add_at_once(channels=("games/nfl*",)), keys.add_at_once(channels=("quotes/*",))


@pytest.fixture
def settings(keys: Keys, readers: tuple[Given, Given]) -> dict[str, object]:
    del readers  # They are in the file before it is read.
    return {"auth__keys_file": str(keys.path), "auth__anonymous": ["games/nba*"]}


@pytest.mark.parametrize("path", GAMES)
async def test_what_may_not_be_read_is_not_shown(served: Served, readers: tuple[Given, Given], path: str) -> None:
    await served.send("plays", "nfl.1", play_of(1, "a secret play"))
    await served.send("games", "nfl.1", game_of())
    allowed, other = readers
    async with aiohttp.ClientSession() as session:
        for headers, status, said in (
            ({}, 401, "Not everybody may see this"),
            (other.bearer, 403, "Your key may not read this"),
            (allowed.bearer, 200, "Packers"),
        ):
            async with session.get(f"{served.address}/{path}", headers=headers) as response:
                text = await response.text()
                assert (response.status, said in text, "Packers" in text) == (status, True, status == 200)
                assert ("WWW-Authenticate" in response.headers) == (status == 401)
                assert "a secret play" not in text
                if path.startswith("g/") and status == 200:
                    assert "Not everybody may read this game" in text
        async with session.get(f"{served.address}/g/nba.1") as response:
            assert response.status == 404
