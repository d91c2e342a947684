"""The key watch: follows the keys file, so that keys are added and revoked without a restart."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import structlog

from ticker.config import InvalidConfig
from ticker.key_file import InvalidKeyFile, Version, read_key_file, version_of
from ticker.keys import Key

LOOK_SECONDS = 1.0
"""How often it is looked whether the file has changed."""
log = structlog.get_logger()


class KeyWatch:
    """Reads the file when it has changed, in a thread. While it can't be read, the last good keys are the keys."""

    def __init__(self, path: str, changed: Callable[[Mapping[str, Key]], Awaitable[None]]) -> None:
        """`path`: the file, empty for none; `changed` is told all keys whenever they were read."""
        self.failures = 0
        """How often the file became unreadable."""
        self._path = Path(path) if path else None
        self._changed = changed
        self._version: Version | None = None
        """The version that was read last, well or badly."""
        self._trouble = ""
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read the file and follow it; one that isn't there may come. Raises InvalidConfig where it is no keys file."""
        if self._path is None:
            return
        try:
            keys, self._version = await asyncio.to_thread(read_key_file, self._path)
        except FileNotFoundError as error:
            self._fail(_why(self._path, error))
        except OSError as error:
            raise InvalidConfig(f"auth.keys_file: {_why(self._path, error)}") from None
        except InvalidKeyFile as error:
            raise InvalidConfig(f"auth.keys_file: {error}") from None
        else:
            await self._changed(keys)
        self._watching = asyncio.get_running_loop().create_task(self._watch(self._path))

    async def stop(self) -> None:
        """Follow it no longer."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait((self._watching,))

    async def _watch(self, path: Path) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                keys = await asyncio.to_thread(self._read_if_changed, path)
                if keys is not None:
                    self._trouble = ""
                    await self._changed(keys)
                    log.info("keys read", keys=len(keys))
            except OSError as error:
                # It may come back as it was, and that is no trouble any more.
                self._version = None
                self._fail(_why(path, error))
            except InvalidKeyFile as error:
                self._fail(str(error))
            except Exception:
                # Somebody may not have been told.
                self._version = None
                log.exception("following the keys file failed: trying again")

    def _read_if_changed(self, path: Path) -> Mapping[str, Key] | None:
        """All keys, where the file is another than the one read last; in a thread. Raises OSError, InvalidKeyFile."""
        version = version_of(path)
        if version == self._version:
            return None
        try:
            keys, self._version = read_key_file(path)
        except InvalidKeyFile:
            self._version = version
            raise
        return keys

    def _fail(self, trouble: str) -> None:
        """Say once what is wrong with the file, however often it is looked at."""
        if trouble != self._trouble:
            self._trouble = trouble
            self.failures += 1
            log.error("no keys could be read: the last good ones are in force", reason=trouble)


def _why(path: Path, error: OSError) -> str:
    """Why there is nothing to read."""
    if isinstance(error, FileNotFoundError):
        return f"{path}: there is none: make it with ticker keys add"
    return f"{path}: can't be read: {error.strerror}"
