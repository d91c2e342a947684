"""The parent of `ticker serve --workers N`: it starts workers, replaces those that end or go mute, and answers for all.

It serves no reader. The workers share one port: the kernel gives each new connection to one of them.
"""

import asyncio
import os
import socket
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import msgspec
import orjson
import structlog
from aiohttp import web

from ticker.commands.worker import BEAT_SECONDS, PLACE_VARIABLE, Place
from ticker.commands.worker_metrics import merge
from ticker.config import Config, ServerConfig
from web.errors import error_middleware
from web.listener import PacedSite, bind

FIRST_DELAY_SECONDS = 0.2
"""How long after its end a worker is started again; doubled each time it ends again soon."""
LONGEST_DELAY_SECONDS = 5.0
STEADY_SECONDS = 30.0
"""A worker that lived for so long is started again after the first delay."""
START_SECONDS = 30.0
"""How long a new worker may take until it is first heard of."""
MARGIN_SECONDS = 2.0
"""What a worker may need to stop, beside the time that its readers have."""
ASK_SECONDS = 1.0
"""How long a worker may take to answer."""
_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
log = structlog.get_logger()


class Worker:
    """One worker: a process after another."""

    def __init__(self, place: Place, arguments: Sequence[str], config: ServerConfig) -> None:
        """`arguments` are those of `ticker`; the place's channel is made anew for each process."""
        self.number = place.number
        self.trouble: str | None = "not heard of yet"
        """Why it can't be relied on; None while it is alive and heard of."""
        self._place = place
        self._arguments = arguments
        self._config = config

    async def keep(self) -> None:
        """Start it, again and again, until cancelled; then it is stopped."""
        loop = asyncio.get_running_loop()
        delay = FIRST_DELAY_SECONDS
        while True:
            began = loop.time()
            try:
                self.trouble = await self._live()
            except OSError as error:
                self.trouble = f"can't be started: {error}"
            if loop.time() - began >= STEADY_SECONDS:
                delay = FIRST_DELAY_SECONDS
            log.error("worker lost: starting it again", worker=self.number, reason=self.trouble, delay=delay)
            await asyncio.sleep(delay)
            delay = min(delay * 2, LONGEST_DELAY_SECONDS)

    async def ask(self, path: str) -> tuple[int, bytes]:
        """What it answers on its admin socket: the status and the body. Raises OSError, ClientError, TimeoutError."""
        timeout = aiohttp.ClientTimeout(total=ASK_SECONDS)
        connector = aiohttp.UnixConnector(self._place.admin_socket)
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
            session.get(f"http://worker{path}") as response,
        ):
            return response.status, await response.read()

    async def _live(self) -> str:
        """One process from its start to its end; why it ended. Raises OSError where it can't be started."""
        ours, theirs = socket.socketpair()
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        try:
            with theirs:
                process = await self._start(theirs.fileno())
            log.info("worker started", worker=self.number, process=process.pid)
            try:
                return await self._watch(process, reader)
            finally:
                await self._stop(process)
        finally:
            writer.close()

    async def _start(self, channel: int) -> asyncio.subprocess.Process:
        place = msgspec.json.encode(msgspec.structs.replace(self._place, channel=channel)).decode()
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ticker", *self._arguments),
            stdin=asyncio.subprocess.DEVNULL,
            env={**os.environ, PLACE_VARIABLE: place},
            pass_fds=(channel,),
            # A terminal's Ctrl-C is for the parent, which passes it on once.
            start_new_session=True,
        )

    async def _watch(self, process: asyncio.subprocess.Process, channel: asyncio.StreamReader) -> str:
        """Listen to it until it ends, or is killed for its silence; why it ended."""
        patience, silence = START_SECONDS, 0.0
        # Silence is counted in pieces that this process was awake for: after a halt of its own it listens first.
        while silence < patience:
            try:
                async with asyncio.timeout(BEAT_SECONDS):
                    heard = await channel.read(64)
            except TimeoutError:
                silence += BEAT_SECONDS
                continue
            if not heard:
                return await self._end(process)
            self.trouble = None
            patience, silence = self._config.mute_seconds, 0.0
        process.kill()
        return f"not heard of for {patience:g} seconds: killed"

    async def _end(self, process: asyncio.subprocess.Process) -> str:
        """The end of a process that has closed its channel; how it ended."""
        try:
            async with asyncio.timeout(self._config.mute_seconds):
                return f"ended with status {await process.wait()}"
        except TimeoutError:
            process.kill()
            return "ended, but its process stayed: killed"

    async def _stop(self, process: asyncio.subprocess.Process) -> None:
        if process.returncode is None:
            try:
                process.terminate()
                async with asyncio.timeout(self._config.shutdown_seconds + MARGIN_SECONDS):
                    await process.wait()
            except ProcessLookupError:
                pass
            except TimeoutError:
                log.error("worker doesn't stop: killing it", worker=self.number)
                process.kill()
            await process.wait()


async def run_workers(config: Config, arguments: Sequence[str]) -> int:
    """Run workers with `arguments` until cancelled; the exit status is 1 where an address can't be had."""
    server = config.server
    with tempfile.TemporaryDirectory(prefix="ticker-", ignore_cleanup_errors=True) as folder:
        try:
            reserved = await _reserve(server.host, server.port)
        except OSError as error:
            log.error("can't listen: is another node running? choose other ports", error=str(error))
            return 1
        port = reserved[0].getsockname()[1]
        workers = [
            Worker(
                Place(number=number, port=port, admin_socket=str(Path(folder, str(number))), channel=-1),
                arguments,
                server,
            )
            for number in range(1, server.workers + 1)
        ]
        admin = web.AppRunner(make_app(workers), access_log=None)
        try:
            await admin.setup()
            try:
                await PacedSite(admin, server.admin_host, server.admin_port).start()
            except OSError as error:
                log.error("can't listen: is another node running? choose other ports", error=str(error))
                return 1
            addresses = _url(server.host, port), _url(server.admin_host, admin.addresses[0][1])
            log.info("serving", address=addresses[0], admin=addresses[1], workers=len(workers))
            async with asyncio.TaskGroup() as group:
                for worker in workers:
                    group.create_task(worker.keep())
        finally:
            await admin.cleanup()
            for one in reserved:
                one.close()
    return 0


def _url(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


async def _reserve(host: str, port: int) -> list[socket.socket]:
    """Sockets that keep an address for processes that share it, and take no connection themselves.

    A port that others share already is refused too: they would be given half of the readers. Raises OSError.
    """
    alone = await bind(host, port)
    port = alone[0].getsockname()[1]
    reserved: list[socket.socket] = []
    try:
        for one in alone:
            address, family = one.getsockname(), one.family
            one.close()
            kept = socket.socket(family, socket.SOCK_STREAM)
            reserved.append(kept)
            kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            if family == socket.AF_INET6:
                kept.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            kept.bind((address[0], port, *address[2:]))
    except OSError:
        for one in (*alone, *reserved):
            one.close()
        raise
    return reserved


WORKERS: web.AppKey[list[Worker]] = web.AppKey("workers", list[Worker])


def make_app(workers: list[Worker]) -> web.Application:
    """What the parent's admin listener answers."""
    app = web.Application(middlewares=[error_middleware])
    app[WORKERS] = workers
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)])
    return app


async def healthz(request: web.Request) -> web.Response:
    """200 while all workers are alive and heard of, otherwise 503 and which are not."""
    return _answer("live", [(worker, worker.trouble) for worker in request.app[WORKERS]])


async def readyz(request: web.Request) -> web.Response:
    """200 where all workers may be sent readers, otherwise 503 and why not."""
    workers = request.app[WORKERS]
    reasons = await asyncio.gather(*(_not_ready(worker) for worker in workers))
    return _answer("ready", list(zip(workers, reasons, strict=True)))


async def metrics(request: web.Request) -> web.Response:
    """The metrics of all workers, merged; one that has none counts for nothing."""
    texts = await asyncio.gather(*(_metrics(worker) for worker in request.app[WORKERS]))
    return web.Response(body=merge(texts).encode(), headers={"Content-Type": _METRICS_TYPE})


async def _not_ready(worker: Worker) -> str | None:
    if worker.trouble is not None:
        return worker.trouble
    try:
        status, body = await worker.ask("/readyz")
    except (OSError, aiohttp.ClientError, TimeoutError):
        return "doesn't answer"
    return None if status == 200 else str(orjson.loads(body).get("reason", f"status {status}"))


async def _metrics(worker: Worker) -> str:
    try:
        status, body = await worker.ask("/metrics")
    except (OSError, aiohttp.ClientError, TimeoutError):
        return ""
    return body.decode() if status == 200 else ""


def _answer(good: str, reasons: list[tuple[Worker, str | None]]) -> web.Response:
    said = "; ".join(f"worker {worker.number}: {reason}" for worker, reason in reasons if reason is not None)
    body = {"status": f"not {good}", "reason": said} if said else {"status": good}
    headers = {"Cache-Control": "no-store"}
    return web.Response(
        status=503 if said else 200, body=orjson.dumps(body), content_type="application/json", headers=headers
    )
