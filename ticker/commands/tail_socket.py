"""`ticker tail` over WebSocket."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import aiohttp
import msgspec

from ticker.commands.tail_message import Message, Refused
from ticker.kinds import KINDS
from web.alpaca import WORDS

_WORDS = {kind: word for word, kind in WORDS.items()}
_MOST_BYTES = 1024 * 1024
_FOR_NOW = (406, 407, 500)
"""Errors after which coming back helps."""


async def follow_socket(
    session: aiohttp.ClientSession, url: str, wanted: Sequence[tuple[str, str]], cursor: str | None
) -> AsyncIterator[Message]:
    """The messages of one connection, from `cursor` on. Raises Refused, and aiohttp's ClientError when it is lost.

    Events are held back until their cursor has come: after a reconnect they would come again.
    """
    async with session.ws_connect(f"{url}/v1/ws", max_msg_size=_MOST_BYTES, heartbeat=20) as socket:
        await socket.send_str(msgspec.json.encode(subscription(wanted, cursor)).decode())
        waiting: list[msgspec.Raw] = []
        async for frame in socket:
            messages = msgspec.json.decode(frame.data, type=list[msgspec.Raw])
            first: dict[str, Any] = msgspec.json.decode(messages[0])
            if first["T"] == "error" and first["code"] not in _FOR_NOW:
                raise Refused(first["msg"])
            if first["T"] == "cursor":
                if waiting:
                    yield Message(data=msgspec.json.encode(waiting), id=first["cursor"])
                    waiting = []
            elif first["T"] in ("reset", "gap", "shutdown", "heartbeat", "error"):
                yield Message(first["T"], bytes(messages[0]), first.get("cursor"))
            elif first["T"] not in ("success", "subscription", "feeds"):
                waiting.extend(messages)
        raise aiohttp.ClientConnectionError(f"closed with code {socket.close_code}")


def subscription(wanted: Sequence[tuple[str, str]], cursor: str | None) -> dict[str, Any]:
    """The subscribe for what is wanted in the grammar of URLs; what can't be said is left to the node to refuse."""
    said: dict[str, Any] = {"action": "subscribe", "cursor": cursor or "", "snapshot": True, "heartbeat": True}
    for name, value in wanted:
        if name in KINDS:
            said.setdefault(_WORDS[name], []).extend(item for item in value.split(",") if item)
        else:
            said[name] = int(value) if value.isdigit() else value
    return said
