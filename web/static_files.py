"""The static files: each is read, compressed and hashed once, and served from memory.

Modules import each other by relative paths, so that a version in the query of a URL would be lost at the first import:
it is a folder. Below `/static/{version}/` nothing ever changes and browsers ask once; plain `/static/` is for other
people's imports, and asks each time whether there is something new.
"""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from aiohttp import hdrs, web

from web.accept_encoding import accepts_gzip
from web.comments import without_comments

FOREVER = "public, max-age=31536000, immutable"
ASK_EACH_TIME = "no-cache"
VERSION_PATTERN = "[0-9a-f]{8}"
"""What versions look like, and no folder of static files does."""
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
"""What is served, by suffix, and as what. Anything else that lies in the folder, such as an editor's copy, is not."""
_WORTHWHILE = 0.9
"""Files that compression leaves larger than this share of what they were are sent as they are."""
_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file, ready to be sent."""

    content_type: str
    digest: str
    body: bytes
    gzipped: bytes | None
    """None where it is hardly smaller."""


class StaticFiles:
    """All files of a folder and its folders, in memory: some hundred KB."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError where a file can't be read."""
        paths = sorted(path for path in folder.rglob("*") if path.suffix in _TYPES and path.is_file())
        self.by_path = {path.relative_to(folder).as_posix(): _read(path) for path in paths}
        every = "".join(f"{path} {file.digest}\n" for path, file in self.by_path.items())
        self.version = hashlib.sha256(every.encode()).hexdigest()[:8]
        """Another one whenever any of the files is another, and the same on every node that has the same files."""

    def answer(self, request: web.Request, path: str, caching: str) -> web.Response:
        """The file at `path` below the folder, or that it is unchanged. Raises HTTPNotFound."""
        file = self.by_path.get(path)
        if file is None:
            raise web.HTTPNotFound
        body, tag, coding = file.body, file.digest, {}
        if file.gzipped is not None and accepts_gzip(request.headers.getall(hdrs.ACCEPT_ENCODING, ())):
            # A strong tag is of bytes, so each coding has its own.
            body, tag, coding = file.gzipped, f"{file.digest}-gzip", {"Content-Encoding": "gzip"}
        headers = {**_HEADERS, "Cache-Control": caching, "ETag": f'"{tag}"'}
        if any(known.value in (tag, "*") for known in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, headers={**headers, **coding, "Content-Type": file.content_type})


@cache
def static_files() -> StaticFiles:
    """The files of the package, read at the first call."""
    return StaticFiles(Path(str(files("web") / "static")))


def static_path() -> str:
    """Where pages find the static files, without a slash at either end: `static/1a2b3c4d`."""
    return f"static/{static_files().version}"


async def static_file(request: web.Request) -> web.Response:
    """`/static/{path}`."""
    return static_files().answer(request, request.match_info["path"], ASK_EACH_TIME)


async def versioned_static_file(request: web.Request) -> web.Response:
    """`/static/{version}/{path}`.

    While nodes are replaced a page of one may ask another for its files: it is given what there is, for this once.
    """
    present = static_files()
    caching = FOREVER if request.match_info["version"] == present.version else ASK_EACH_TIME
    return present.answer(request, request.match_info["path"], caching)


def _read(path: Path) -> StaticFile:
    body = path.read_bytes()
    if path.suffix in (".css", ".js"):
        body = without_comments(body.decode()).encode()
    gzipped = gzip.compress(body, 9, mtime=0)
    return StaticFile(
        content_type=_TYPES[path.suffix],
        digest=hashlib.sha256(body).hexdigest()[:16],
        body=body,
        gzipped=gzipped if len(gzipped) < _WORTHWHILE * len(body) else None,
    )
