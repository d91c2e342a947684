"""Static files: compressed, and never asked for twice, yet never old."""

import gzip
from importlib.resources import files
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import make_mocked_request

from tests.web.conftest import Served
from web.comments import without_comments
from web.html_response import html_response
from web.static_files import ASK_EACH_TIME, FOREVER, StaticFiles, static_path

STATIC = Path(str(files("web") / "static"))
TYPES = {".css": "text/css", ".js": "text/javascript", ".mjs": "text/javascript", ".svg": "image/svg+xml"}
PATHS = [path for path in STATIC.rglob("*") if path.suffix in TYPES]
GZIP = {"Accept-Encoding": "gzip"}
PLAIN = {"Accept-Encoding": "identity"}


def served_of(path: Path) -> bytes:
    """What is served of a file."""
    text = path.read_bytes()
    return without_comments(text.decode()).encode() if path.suffix in (".css", ".js") else text


def session_of(served: Served) -> ClientSession:
    return ClientSession(f"{served.address}/", auto_decompress=False)


async def test_every_file_is_served_as_what_it_is_and_compressed(served: Served) -> None:
    assert len(PATHS) > 20
    async with session_of(served) as session:
        for path in PATHS:
            url = f"static/{path.relative_to(STATIC).as_posix()}"
            async with session.get(url, headers=PLAIN) as response:
                assert response.status == 200
                assert "Content-Encoding" not in response.headers
                assert await response.read() == served_of(path)
                assert response.content_type == TYPES[path.suffix]
                assert response.headers["X-Content-Type-Options"] == "nosniff"
            async with session.get(url, headers=GZIP) as response:
                body = await response.read()
                if response.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                assert body == served_of(path)
                assert response.headers["Vary"] == "Accept-Encoding"


async def test_a_versioned_file_is_kept_for_good_and_any_other_asked_for_each_time(served: Served) -> None:
    async with session_of(served) as session:
        for url, caching in [
            (f"{static_path()}/js/time.js", FOREVER),
            ("static/00000000/js/time.js", ASK_EACH_TIME),
            ("static/js/time.js", ASK_EACH_TIME),
        ]:
            async with session.get(url) as response:
                assert (response.status, response.headers["Cache-Control"]) == (200, caching)
                assert response.headers["Access-Control-Allow-Origin"] == "*"


async def test_who_has_the_same_bytes_is_told_so(served: Served) -> None:
    async with session_of(served) as session:
        tags = []
        for accepted in (PLAIN, GZIP):
            async with session.get("static/css/tokens.css", headers=accepted) as response:
                tags.append(response.headers["ETag"])
        plain, gzipped = tags
        assert plain != gzipped
        for headers, status in [
            ({**PLAIN, "If-None-Match": plain}, 304),
            ({**GZIP, "If-None-Match": gzipped}, 304),
            ({**GZIP, "If-None-Match": f'"other", W/{gzipped}'}, 304),
            ({**GZIP, "If-None-Match": "*"}, 304),
            ({**GZIP, "If-None-Match": plain}, 200),
            ({**PLAIN, "If-None-Match": gzipped}, 200),
            ({**GZIP, "If-None-Match": '"other"'}, 200),
        ]:
            async with session.get("static/css/tokens.css", headers=headers) as response:
                assert response.status == status, headers
                assert response.headers["ETag"] == (gzipped if headers["Accept-Encoding"] == "gzip" else plain)
                assert response.headers["Cache-Control"] == ASK_EACH_TIME
                assert bool(await response.read()) == (status == 200)


async def test_a_head_has_the_length_and_no_body(served: Served) -> None:
    async with session_of(served) as session, session.head("static/css/tokens.css", headers=PLAIN) as response:
        assert response.headers["Content-Length"] == str(len(served_of(STATIC / "css/tokens.css")))


@pytest.mark.parametrize(
    "path", ["css/none.css", "css", "css/", "../pages.py", "css/../../pages.py", "%2e%2e/pages.py", "1a2b3c4d/"]
)
async def test_what_is_not_there_is_not_found(served: Served, path: str) -> None:
    async with session_of(served) as session, session.get(f"static/{path}") as response:
        assert response.status == 404
        assert (await response.json())["error"]["code"] == "not_found"


async def test_widgets_are_compressed_and_kept_for_minutes(served: Served) -> None:
    async with session_of(served) as session, session.get("widgets/v1/ticker.js", headers=GZIP) as response:
        assert (response.status, response.headers["Content-Encoding"]) == (200, "gzip")
        assert response.headers["Cache-Control"] == "public, max-age=300"
        assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_the_version_is_another_when_any_file_is(tmp_path: Path) -> None:
    (tmp_path / "js").mkdir()
    script, style = tmp_path / "js" / "a.js", tmp_path / "a.css"
    script.write_text("1")
    style.write_text("2")
    first = StaticFiles(tmp_path).version
    assert StaticFiles(tmp_path).version == first
    (tmp_path / "a.css~").write_text("an editor's copy")
    assert StaticFiles(tmp_path).version == first
    script.write_text("3")
    changed = StaticFiles(tmp_path).version
    script.rename(tmp_path / "js" / "b.js")
    assert len({first, changed, StaticFiles(tmp_path).version}) == 3


def test_only_what_gets_smaller_is_compressed_and_only_known_types_are_served(tmp_path: Path) -> None:
    for name in ("short.txt", "long.txt", "copy.txt~", ".hidden", "LICENSE"):
        (tmp_path / name).write_text(name * (100 if name == "long.txt" else 1))
    by_path = StaticFiles(tmp_path).by_path
    assert {path: file.gzipped is not None for path, file in by_path.items()} == {"short.txt": False, "long.txt": True}


@pytest.mark.parametrize(("accepted", "coding"), [("gzip, br", "gzip"), ("br", None), ("", None)])
def test_a_page_is_compressed_for_those_who_accept_it(accepted: str, coding: str | None) -> None:
    text = "<p>ticker – Börse</p>" * 200
    request = make_mocked_request("GET", "/", headers={"Accept-Encoding": accepted})
    response = html_response(request, text, {"Cache-Control": "no-store"})
    assert isinstance(response, web.Response)
    body = response.body
    assert isinstance(body, bytes)
    assert response.headers.get("Content-Encoding") == coding
    assert (gzip.decompress(body) if coding else body).decode() == text
    assert (response.headers["Vary"], response.headers["Cache-Control"]) == ("Accept-Encoding", "no-store")
    assert (response.content_type, response.charset) == ("text/html", "utf-8")
