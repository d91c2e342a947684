"""The jars of Apache Kafka: resolved once by Maven, kept outside the tree."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

POM = Path(__file__).with_name("pom.xml")


def kafka_jars() -> Path:
    """The folder of the jars that pom.xml names, resolved where it isn't there yet.

    It is `$XDG_CACHE_HOME/ticker/kafka-DIGEST`, by default under `~/.cache`. Raises RuntimeError without Maven.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ticker"
    jars = cache / f"kafka-{hashlib.sha256(POM.read_bytes()).hexdigest()[:12]}"
    if jars.is_dir():
        return jars
    maven = shutil.which("mvn")
    if maven is None:
        raise RuntimeError("Apache Kafka's jars come through Maven: install it (on Debian, apt-get install maven)")
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="kafka-resolving-") as scratch:
        resolved = Path(scratch) / "jars"
        copy = ["dependency:copy-dependencies", f"-DoutputDirectory={resolved}", "-DincludeScope=runtime"]
        subprocess.run([maven, "--quiet", "--batch-mode", "--file", POM, *copy], check=True)
        try:
            resolved.rename(jars)
        except OSError:
            if not jars.is_dir():  # unless another run was quicker
                raise
    return jars


if __name__ == "__main__":
    kafka_jars()
