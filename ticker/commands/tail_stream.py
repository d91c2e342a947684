"""`ticker tail` over SSE."""

from collections.abc import AsyncIterator, Sequence
from urllib.parse import urlencode

import aiohttp

from ticker.commands.tail_message import Message, Refused

_MOST_LINE_BYTES = 64 * 1024 * 1024


async def follow_stream(
    session: aiohttp.ClientSession, url: str, wanted: Sequence[tuple[str, str]], cursor: str | None
) -> AsyncIterator[Message]:
    """The messages of one connection, from `cursor` on. Raises Refused, and aiohttp's ClientError when it is lost."""
    headers = {"Last-Event-ID": cursor} if cursor else {}
    async with session.get(f"{url}/v1/stream?{urlencode(wanted, safe='/,*')}", headers=headers) as response:
        if 400 <= response.status < 500:
            raise Refused((await response.text())[:2000])
        response.raise_for_status()
        async for message in _messages(response):
            yield message


async def _messages(response: aiohttp.ClientResponse) -> AsyncIterator[Message]:
    """The messages of a stream (WHATWG HTML, "Parsing an event stream", as far as ticker writes it)."""
    message, rest = Message(), b""
    async for chunk in response.content.iter_any():
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > _MOST_LINE_BYTES:
            raise aiohttp.ClientPayloadError("a line that does not end")
        for line in lines:
            field, _, value = line.partition(b": ")
            if not line:
                if message.data:
                    yield message
                message = Message()
            elif field == b"data":
                message.data = value
            elif field == b"event":
                message.name = value.decode()
            elif field == b"id":
                message.id = value.decode()
