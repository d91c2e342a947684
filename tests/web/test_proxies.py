"""ticker's JavaScript client through nginx, which buffers, strips upgrades, and cuts off what is quiet."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.web.client_page import SECONDS, Tab
from tests.web.conftest import Served

Proxy = Callable[..., Awaitable[str]]
"""Starts an nginx before the node, with more directives; gives its address."""
CONFIGURATION = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass {node};
            {directives}
        }}
    }}
}}
"""
UPGRADES = ("proxy_http_version 1.1", "proxy_set_header Upgrade $http_upgrade", 'proxy_set_header Connection "upgrade"')


@asynccontextmanager
async def nginx(folder: Path, node: str, directives: tuple[str, ...]) -> AsyncIterator[str]:
    """The address of an nginx that passes everything on to the node."""
    command = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin") or shutil.which("nginx")
    assert command, "nginx is missing: run the tests with `make test`, or install it (on Debian, nginx-light)"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    file = folder / "nginx.conf"
    lines = "\n".join(f"{directive};" for directive in directives)
    file.write_text(CONFIGURATION.format(folder=folder, port=port, node=node, directives=lines))
    process = await asyncio.create_subprocess_exec(
        command, "-p", str(folder), "-e", "stderr", "-c", str(file), stderr=asyncio.subprocess.PIPE
    )
    try:
        await _until_it_listens(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def _until_it_listens(port: int, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(SECONDS):
        while True:
            if process.returncode is not None:
                raise AssertionError(f"nginx ended: {(await process.communicate())[1].decode()}")
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


@pytest.fixture
async def proxy(served: Served, tmp_path: Path) -> AsyncIterator[Proxy]:
    async with AsyncExitStack() as stack:

        async def start(*directives: str) -> str:
            return await stack.enter_async_context(nginx(tmp_path, served.address, directives))

        yield start


async def follow(served: Served, tab: Tab, address: str, **options: object) -> list[str]:
    """Follow a symbol through a proxy; the polls that are asked from then on."""
    await served.quote("AAPL", 1)
    await served.trade("AAPL", 1)
    polls: list[str] = []
    tab.page.on("request", lambda request: polls.append(request.url) if "/v1/poll" in request.url else None)
    await tab.subscribe(address, ["quotes/AAPL", "trades/AAPL"], **options)
    await tab.until_event("bp", 1)
    return polls


async def check_what_came(served: Served, tab: Tab) -> None:
    """Nothing was lost or doubled, and what comes now does so without a new connection."""
    sent = [await served.trade("AAPL", price) for price in range(2, 12)]
    await tab.until_event("p", 11)
    assert (await tab.of("i", "t"))[1:] == sent
    assert (await tab.got("resets"), await tab.got("gaps")) == ([], [])


async def test_nginx_does_not_hold_back_a_stream_that_asks_it_not_to(served: Served, tab: Tab, proxy: Proxy) -> None:
    polls = await follow(served, tab, await proxy())
    await tab.until_live("sse")
    await check_what_came(served, tab)
    assert polls == []
    assert served.node.hub.readers == 1


async def test_a_stream_that_is_held_back_gives_way_to_long_polls(served: Served, tab: Tab, proxy: Proxy) -> None:
    polls = await follow(served, tab, await proxy("proxy_ignore_headers X-Accel-Buffering"))
    await tab.until_live("long-poll")
    await check_what_came(served, tab)
    assert all("wait=20" in url for url in polls[1:])
    assert await tab.state("transport") == "long-poll"


async def test_a_websocket_goes_through_where_upgrades_do(served: Served, tab: Tab, proxy: Proxy) -> None:
    await follow(served, tab, await proxy(*UPGRADES), transport="ws")
    await tab.until_live("ws")
    await check_what_came(served, tab)


async def test_a_websocket_whose_upgrade_is_stripped_gives_way(served: Served, tab: Tab, proxy: Proxy) -> None:
    await follow(served, tab, await proxy(), transport="ws")
    await tab.until_live("sse")
    await check_what_came(served, tab)


@pytest.mark.parametrize(("seconds", "transport", "wait"), [(5, "long-poll", "wait=4"), (2, "poll", "wait=0")])
async def test_what_is_cut_when_it_is_quiet_gives_way_to_shorter_waits(
    served: Served, tab: Tab, proxy: Proxy, seconds: int, transport: str, wait: str
) -> None:
    polls = await follow(served, tab, await proxy(f"proxy_read_timeout {seconds}s"))
    await tab.until("it.every((one) => got.said.includes(one))", ["live sse", f"live {transport}"])
    async with asyncio.timeout(SECONDS):
        while not (len(polls) > 3 and all(wait in url for url in polls[-2:])):
            await asyncio.sleep(0.05)
    await tab.until_live(transport)
    await check_what_came(served, tab)
