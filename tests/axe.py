"""axe-core, which finds what keeps people with disabilities from a page: fetched once by npm, kept outside the tree."""

import os
import tempfile
from pathlib import Path

from setup import fetch_package

VERSION = "4.14.1"
INTEGRITY = "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="


def axe_script() -> Path:
    """The script, fetched where it isn't there yet.

    It is `$XDG_CACHE_HOME/ticker/axe-core-VERSION.js`, by default under `~/.cache`. Raises what `fetch_package` raises.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ticker"
    script = cache / f"axe-core-{VERSION}.js"
    if not script.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix="axe-core-") as scratch:
            fetch_package(f"axe-core@{VERSION}", INTEGRITY, {"package/axe.min.js": script.name}, Path(scratch))
            (Path(scratch) / script.name).rename(script)
    return script


if __name__ == "__main__":
    axe_script()
