import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.keys import Keys, make_key
from ticker.key_file import MOST_BYTES, InvalidKeyFile, changing, read_key_file, version_of

ADD_MANY = """
import sys
from pathlib import Path
from tests.keys import Keys
for _ in range(25):
    Keys(Path(sys.argv[1])).add_at_once()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


def test_a_file_is_made_and_changed_whole(path: Path) -> None:
    one, two = Keys(path).add_at_once(), Keys(path).add_at_once(name="two")
    keys, version = read_key_file(path)
    assert list(keys) == [one.key, two.key]
    assert version == version_of(path)
    assert [file.name for file in path.parent.iterdir()] == ["keys.json"]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_nobody_else_may_read_it(path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        Keys(path).add_at_once()
        assert path.stat().st_mode & 0o777 == 0o600
        path.chmod(0o644)
        Keys(path).add_at_once()
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600


def test_two_processes_lose_no_key_of_each_other(path: Path) -> None:
    root = Path(__file__).parents[2]
    adding = [subprocess.Popen([sys.executable, "-c", ADD_MANY, str(path)], cwd=root) for _ in range(2)]
    assert [process.wait(60) for process in adding] == [0, 0]
    assert len(read_key_file(path)[0]) == 50
    assert [file.name for file in path.parent.iterdir()] == ["keys.json"]


def test_a_change_that_fails_leaves_all_as_it_was(path: Path) -> None:
    Keys(path).add_at_once()
    before = path.read_bytes()
    kept, _ = make_key()

    def fail() -> None:
        with changing(path) as keys:
            keys[kept.id] = kept
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_bytes() == before
    assert len(list(path.parent.iterdir())) == 1


def test_what_changes_nothing_writes_nothing(path: Path) -> None:
    with changing(path) as keys:
        assert keys == {}
    assert not path.exists()
    Keys(path).add_at_once()
    version = version_of(path)
    with changing(path):
        pass
    assert version_of(path) == version


def test_a_link_stays_a_link(path: Path) -> None:
    there = path.parent / "there"
    there.mkdir()
    path.symlink_to(there / "real.json")
    Keys(path).add_at_once()
    Keys(path).add_at_once()
    assert path.is_symlink()
    assert len(read_key_file(there / "real.json")[0]) == 2


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file to somebody else")
def test_it_stays_its_owners(path: Path) -> None:
    Keys(path).add_at_once()
    os.chown(path, 12345, 23456)
    Keys(path).add_at_once()
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 23456)


def test_what_is_no_keys_file_is_said_and_left_alone(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_key_file(path)
    for data, said in ((b"{", "not a keys file"), (b" " * (MOST_BYTES + 1), f"more than {MOST_BYTES} bytes")):
        path.write_bytes(data)
        with pytest.raises(InvalidKeyFile, match=f"keys.json: .*{said}"):
            read_key_file(path)
        with pytest.raises(InvalidKeyFile):
            Keys(path).add_at_once()
        assert path.read_bytes() == data
