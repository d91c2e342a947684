"""SSE and WebSocket as an AsyncAPI 3 document (asyncapi.com, specification 3.0.0), made from the code's own types."""

from collections.abc import Iterable, Mapping
from typing import Any

from ticker import __version__
from ticker.schemas import event_components
from web.alpaca import TEXTS, WORDS
from web.massive import WORDS as MASSIVE_WORDS
from web.parameters import option_schemas
from web.status import FEEDS_SCHEMA

Document = dict[str, Any]
_TEXT = {"type": "string"}
_NAMES = {"type": "array", "items": _TEXT}
_EVENTS = {"type": "array", "items": {"$ref": "#/components/schemas/Event"}}
_WHY_RESET = {"reason": _TEXT, "channels": _NAMES}
_RESET = {"type": "object", "properties": _WHY_RESET}
_GAP = {"type": "object", "properties": {"channels": _NAMES}}


def asyncapi() -> Document:
    """The document."""
    messages = {**_stream_messages(), **_alpaca_messages(), **_massive_messages()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "ticker's streams",
            "version": __version__,
            "description": "Live markets and scores over SSE and WebSocket.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "http": {"host": "127.0.0.1:8000", "protocol": "http"},
            "websocket": {"host": "127.0.0.1:8000", "protocol": "ws"},
        },
        "channels": {
            "stream": {
                "address": "/v1/stream",
                "description": "SSE. Each message's id is a cursor.",
                "servers": [{"$ref": "#/servers/http"}],
                "messages": _references(_stream_messages()),
                "bindings": {"http": {"bindingVersion": "0.3.0"}},
            },
            "socket": _socket("/v1/ws", "Alpaca's protocol, extended: stocks and crypto.", _alpaca_messages()),
            "stocks": _socket("/v2/{feed}", "The same for stocks.", _alpaca_messages(), feed="iex"),
            "crypto": _socket("/v1beta3/crypto/{loc}", "The same for crypto.", _alpaca_messages(), loc="us"),
            "massive": _socket("/massive/{market}", "Massive's protocol.", _massive_messages(), market="stocks"),
        },
        "operations": dict(_operations()),
        "components": {"messages": messages, "schemas": event_components()},
    }


def _socket(address: str, description: str, messages: Mapping[str, Any], **parameters: str) -> Document:
    channel: Document = {
        "address": address,
        "description": description,
        "servers": [{"$ref": "#/servers/websocket"}],
        "messages": _references(messages),
        "bindings": {"ws": {"bindingVersion": "0.1.0"}},
    }
    if parameters:
        channel["parameters"] = {name: {"examples": [example]} for name, example in parameters.items()}
    return channel


def _references(messages: Iterable[str]) -> Document:
    return {name: {"$ref": f"#/components/messages/{name}"} for name in messages}


def _operations() -> Iterable[tuple[str, Document]]:
    said = {"socket": _alpaca_messages(), "stocks": _alpaca_messages(), "crypto": _alpaca_messages()}
    for channel, messages in {"stream": _stream_messages(), **said, "massive": _massive_messages()}.items():
        for action in ("send", "receive"):
            of = [name for name, message in messages.items() if message["x-sent-by"] == _SENDERS[action]]
            if of:
                yield (
                    f"{action}-{channel}",
                    {
                        "action": action,
                        "channel": {"$ref": f"#/channels/{channel}"},
                        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in of],
                    },
                )


_SENDERS = {"send": "node", "receive": "client"}
"""An AsyncAPI document is the node's own: what it sends, and what it receives."""


def _from_node(name: str, summary: str, payload: Mapping[str, Any]) -> Document:
    return {"name": name, "summary": summary, "payload": payload, "x-sent-by": "node"}


def _from_client(name: str, summary: str, payload: Mapping[str, Any]) -> Document:
    return {"name": name, "summary": summary, "payload": payload, "x-sent-by": "client"}


def _stream_messages() -> Mapping[str, Document]:
    delay = {"type": "object", "properties": {"delay": {"type": "integer"}, "reason": _TEXT}}
    return {
        "stream-events": _from_node("message", "A batch of events.", _EVENTS),
        "stream-snapshot": _from_node("snapshot", "What there is now: the first message.", _EVENTS),
        "stream-reset": _from_node("reset", "What you hold of the channels is void.", _RESET),
        "stream-gap": _from_node("gap", "Events of the channels can no longer be had.", _GAP),
        "stream-heartbeat": _from_node("heartbeat", "Nothing was lost, and how the feeds are.", FEEDS_SCHEMA),
        "stream-status": _from_node("status", "A feed became live or stale.", FEEDS_SCHEMA),
        "stream-shutdown": _from_node("shutdown", "The node restarts: come back.", delay),
        "stream-unavailable": _from_node("unavailable", "Not here, or not now.", delay),
    }


def _tagged(tag: str, properties: Mapping[str, Any]) -> Document:
    """An array of exactly one object with a tag `T`."""
    item = {"type": "object", "required": ["T"], "properties": {"T": {"const": tag}, **properties}}
    return {"type": "array", "minItems": 1, "maxItems": 1, "items": item}


def _alpaca_messages() -> Mapping[str, Document]:
    words: Document = dict.fromkeys(WORDS, _NAMES)
    options = {name: {**schema} for name, schema in option_schemas().items() if name not in ("added", "removed")}
    flags = {"snapshot": {"type": "boolean"}, "heartbeat": {"type": "boolean"}}
    action = {"action": {"enum": ["subscribe", "unsubscribe"]}}
    auth = {"action": {"const": "auth"}, "key": _TEXT, "secret": _TEXT}
    codes = {"type": "integer", "enum": sorted({*map(int, TEXTS), 406, 407})}
    state = {**words, "lulds": _NAMES, "corrections": _NAMES, "cancelErrors": _NAMES}
    return {
        "auth": _from_client("auth", "Credentials.", {"type": "object", "properties": auth}),
        "subscribe": _from_client(
            "subscribe",
            "Channels to add or to leave, and how.",
            {"type": "object", "properties": {**action, **words, **options, **flags}},
        ),
        "success": _from_node("success", "Connected, or authenticated.", _tagged("success", {"msg": _TEXT})),
        "subscription": _from_node("subscription", "All that is subscribed.", _tagged("subscription", state)),
        "events": _from_node("events", "A batch of events; at most 512, and 256 KiB.", _EVENTS),
        "cursor": _from_node("cursor", "Where the batch before it ends.", _tagged("cursor", {"cursor": _TEXT})),
        "reset": _from_node("reset", "What you hold is void.", _tagged("reset", _WHY_RESET)),
        "gap": _from_node("gap", "Events can no longer be had.", _tagged("gap", {"channels": _NAMES})),
        "heartbeat": _from_node("heartbeat", "How the feeds are.", _tagged("heartbeat", {"feeds": {"type": "object"}})),
        "feeds": _from_node("feeds", "A feed changed.", _tagged("feeds", {"feeds": {"type": "object"}})),
        "shutdown": _from_node("shutdown", "Come back.", _tagged("shutdown", {"delay": {"type": "integer"}})),
        "error": _from_node("error", "Something was not done.", _tagged("error", {"code": codes, "msg": _TEXT})),
    }


def _massive_messages() -> Mapping[str, Document]:
    words = sorted(word for market in MASSIVE_WORDS.values() for word in market)
    command = {"action": {"enum": ["auth", "subscribe", "unsubscribe"]}, "params": _TEXT}
    status = {"ev": {"const": "status"}, "status": _TEXT, "message": _TEXT}
    event = {"type": "object", "required": ["ev"], "properties": {"ev": {"enum": words}}}
    return {
        "massive-command": _from_client("command", "A command.", {"type": "object", "properties": command}),
        "massive-status": _from_node(
            "status", "What was done, or not.", {"type": "array", "items": {"type": "object", "properties": status}}
        ),
        "massive-events": _from_node("events", "A batch of events.", {"type": "array", "items": event}),
    }
