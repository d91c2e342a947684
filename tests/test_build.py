"""A build has the chart library, and only the one that was pinned; without npm it has all the rest."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from setup import CHARTS, CHARTS_FILES, CHARTS_INTEGRITY, fetch_package

ROOT = Path(__file__).parents[1]
SOURCES = ("ticker", "feeds", "web", "setup.cfg", "setup.py", "pyproject.toml", "README.md", "LICENSE")
"""What a wheel is built from."""
VENDORED = {f"web/static/vendor/{name}" for name in CHARTS_FILES.values()}


def wheel_of(folder: Path, **variables: str) -> tuple[set[str], str]:
    """Build one: the files in it, and what the build said."""
    source = folder / "source"
    source.mkdir()
    without = shutil.ignore_patterns("vendor", "__pycache__")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=without)
        else:
            shutil.copy(ROOT / name, source)
    build = [sys.executable, "-m", "pip", "wheel", "--verbose", "--no-deps", "--wheel-dir", "."]
    built = subprocess.run(
        [*build, source], cwd=folder, check=False, capture_output=True, text=True, env={**os.environ, **variables}
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = folder.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist()), built.stdout + built.stderr


def test_a_wheel_has_the_chart_library_and_its_licence(tmp_path: Path) -> None:
    names, said = wheel_of(tmp_path)
    assert names >= VENDORED, said
    assert "web/static/css/tokens.css" in names
    assert "no candles" not in said


def test_without_npm_a_wheel_has_all_the_rest(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    names, said = wheel_of(tmp_path, PATH=str(tmp_path / "empty"))
    assert not VENDORED & names
    assert "web/static/css/tokens.css" in names
    assert f"no candles on the pages, since npm didn't bring {CHARTS}: " in said


def test_another_tarball_than_the_pinned_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"{CHARTS} is not the one that was pinned"):
        fetch_package(CHARTS, CHARTS_INTEGRITY[:-4] + "AA==", CHARTS_FILES, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_package_without_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has no file for nothing"):
        fetch_package(CHARTS, CHARTS_INTEGRITY, {**CHARTS_FILES, "package/nothing": "nothing"}, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_chart_library_imports_nothing_and_says_what_it_is(tmp_path: Path) -> None:
    fetch_package(CHARTS, CHARTS_INTEGRITY, CHARTS_FILES, tmp_path)
    script, licence = (tmp_path / name for name in CHARTS_FILES.values())
    assert ' from"' not in script.read_text()
    assert CHARTS.rpartition("@")[2] in script.read_text()[:500]
    assert "Apache License" in licence.read_text()
