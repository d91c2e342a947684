"""The keys file: read whole, and changed by one process at a time, so that a reader never sees half of a change."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ticker.keys import Key, decode_keys, encode_keys

MOST_BYTES = 16_777_216
"""The size of a keys file: some 40,000 keys."""
MODE = 0o600
"""Hashes are no secrets, but nobody else's business."""
Version = tuple[int, int, int]
"""What changes when the file does: when it was written (nanoseconds), its size, and its inode."""


class InvalidKeyFile(ValueError):
    """A file that holds no keys. The text says why."""


def version_of(path: Path) -> Version:
    """Which version of the file there is. Raises OSError."""
    return _version(path.stat())


def read_key_file(path: Path) -> tuple[dict[str, Key], Version]:
    """The keys by their ids, and the version they are of. Raises OSError, InvalidKeyFile."""
    with path.open("rb") as file:
        version = _version(os.fstat(file.fileno()))
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise InvalidKeyFile(f"{path}: it has more than {MOST_BYTES} bytes, so it is no keys file")
    try:
        return decode_keys(data), version
    except ValueError as error:
        raise InvalidKeyFile(f"{path}: not a keys file: {error}") from None


@contextmanager
def changing(path: Path) -> Iterator[dict[str, Key]]:
    """The keys, to be changed: what they are at the end is written whole, where it isn't what they were.

    Others who would change them wait. A file that isn't there has no keys; an exception writes nothing.
    Raises OSError, InvalidKeyFile.
    """
    # A link is followed: otherwise the file would take its place.
    path = path.resolve()
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # The folder is locked, since the file is replaced: who waited for the old one's lock would lose the change.
        fcntl.flock(folder, fcntl.LOCK_EX)
        try:
            keys, _ = read_key_file(path)
        except FileNotFoundError:
            keys = {}
        before = dict(keys)
        yield keys
        if keys != before:
            _replace(path, encode_keys(keys))
            os.fsync(folder)
    finally:
        os.close(folder)


def _replace(path: Path, data: bytes) -> None:
    """Put a new file in the place of the old one, with its owner: the node must still be able to read it."""
    if len(data) > MOST_BYTES:
        raise InvalidKeyFile(f"{path}: more than {MOST_BYTES} bytes of keys: revoke some first")
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, MODE)
            _keep_owner(path, descriptor)
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        temporary.replace(path)
    except BaseException:
        temporary.unlink()
        raise


def _keep_owner(path: Path, descriptor: int) -> None:
    try:
        old = path.stat()
    except FileNotFoundError:
        return
    new = os.fstat(descriptor)
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        try:
            os.fchown(descriptor, old.st_uid, old.st_gid)
        except PermissionError as error:
            raise PermissionError(error.errno, "it is another user's: do this as that user, or as root") from None


def _version(status: os.stat_result) -> Version:
    return status.st_mtime_ns, status.st_size, status.st_ino
