"""What setup.cfg can't say: the chart library, which npm brings when ticker is built, for editable installs too.

Without npm or a network the build goes on; pages then have lines in place of candles.
"""

import base64
import hashlib
import io
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

CHARTS = "lightweight-charts@5.2.1"
CHARTS_INTEGRITY = "sha512-IVwoK1RLFiLPubaKIjNbtjWLnpPMqiABSrTay6whmNa8L1+19292VtHJ+BWyPUuLCwF0tcQlhEWd1CLB2a1nsQ=="
CHARTS_FILES = {
    "package/dist/lightweight-charts.standalone.production.mjs": "lightweight-charts.mjs",
    "package/LICENSE": "lightweight-charts.LICENSE.txt",
}
"""Files of the package, and their names in VENDOR."""
VENDOR = Path(__file__).parent / "web" / "static" / "vendor"
SECONDS = 30
"""That npm may take."""


def fetch_package(package: str, integrity: str, files: Mapping[str, str], folder: Path) -> None:
    """Put files of an npm package, `name@version`, into a folder under new names, if its tarball is the pinned one.

    Raises OSError or SubprocessError where npm doesn't bring it, ValueError for another tarball or one without a file.
    """
    with tempfile.TemporaryDirectory() as scratch:
        pack = ["npm", "pack", "--silent", "--prefer-offline", "--fetch-retries=0", package]
        packed = subprocess.run(  # noqa: S603 (what is packed is pinned here)
            pack, cwd=scratch, check=True, capture_output=True, text=True, timeout=SECONDS
        )
        tarball = (Path(scratch) / packed.stdout.strip()).read_bytes()
    found = f"sha512-{base64.b64encode(hashlib.sha512(tarball).digest()).decode()}"
    if found != integrity:
        raise ValueError(f"{package} is not the one that was pinned: its integrity is {found}, not {integrity}")
    with tarfile.open(fileobj=io.BytesIO(tarball)) as archive:
        members = {member.name: archive.extractfile(member) for member in archive if member.name in files}
        contents = {files[name]: content.read() for name, content in members.items() if content is not None}
    if missing := set(files.values()) - set(contents):
        raise ValueError(f"{package} has no file for {', '.join(sorted(missing))}")
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)


class BuildWithCharts(build_py):
    """Fetches the chart library into the source tree first, from where it is built like any other static file."""

    def run(self) -> None:
        """Build."""
        try:
            fetch_package(CHARTS, CHARTS_INTEGRITY, CHARTS_FILES, VENDOR)
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            self.warn(f"no candles on the pages, since npm didn't bring {CHARTS}: {error}")
        super().run()


if __name__ == "__main__":
    setup(cmdclass={"build_py": BuildWithCharts})
