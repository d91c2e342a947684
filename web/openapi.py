"""The HTTP interface as an OpenAPI 3.1 document (spec.openapis.org/oas/v3.1.1), made from the code's own types."""

from collections.abc import Mapping

from ticker import __version__
from ticker.config import Config
from ticker.schemas import event_components
from web.find_operations import find_components, find_operations
from web.operations import Document, header, parameter, refusals, response
from web.parameters import kind_parameters, option_schemas, stale_schema, wait_schema
from web.rest_operations import rest_components, rest_operations
from web.status import FEEDS_SCHEMA

_EVENTS = {"type": "array", "items": {"$ref": "#/components/schemas/Event"}}
_HEALTH = {"type": "object", "properties": {"status": {"type": "string"}, "reason": {"type": "string"}}}
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "hint"],
            "properties": {
                "code": {"type": "string", "description": "One word for programs."},
                "message": {"type": "string", "description": "What was wrong."},
                "hint": {"type": "string", "description": "What would be right."},
            },
        }
    },
}
_POLL = {
    "type": "object",
    "required": ["events", "cursor", "reset", "gap"],
    "properties": {
        "events": _EVENTS,
        "cursor": {"type": "string"},
        "reset": {
            "description": "What the client holds of the channels is void.",
            "anyOf": [
                {"type": "null"},
                {
                    "type": "object",
                    "properties": {
                        "reason": {"type": "string"},
                        "channels": {"type": "array", "items": {"type": "string"}},
                    },
                },
            ],
        },
        "gap": {
            "description": "Channels of which events can no longer be had.",
            "type": "array",
            "items": {"type": "string"},
        },
        **FEEDS_SCHEMA["properties"],
    },
}


def openapi(config: Config) -> Document:
    """The document of a node with this configuration."""
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "ticker over HTTP",
            "version": __version__,
            "summary": "Live markets and scores from Kafka: streams, polls, and what trading clients ask for.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{}, {"bearer": []}, {"key": [], "secret": []}],
        "paths": {path: {"get": operation} for path, operation in _operations(config).items()},
        "components": {
            "schemas": {**event_components(), "Error": _ERROR, "Poll": _POLL, **find_components(), **rest_components()},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "`KEY.SECRET`"},
                "key": {"type": "apiKey", "in": "header", "name": "APCA-API-KEY-ID"},
                "secret": {"type": "apiKey", "in": "header", "name": "APCA-API-SECRET-KEY"},
            },
        },
    }


def _operations(config: Config) -> Mapping[str, Document]:
    wait, stale = parameter("wait", wait_schema(config)), parameter("stale", stale_schema())
    return {
        "/v1/stream": {
            "operationId": "stream",
            "summary": "Events over SSE",
            "description": "The stream ends with the connection. Its messages are in the AsyncAPI document.",
            "parameters": [
                *_grammar(),
                header("Last-Event-ID", "The cursor of the last message; it wins over the URL's."),
            ],
            "responses": {
                "200": response("The stream.", "text/event-stream", {"type": "string"}),
                **refusals("400", "401", "403"),
            },
        },
        "/v1/poll": {
            "operationId": "poll",
            "summary": "Events at once, or as soon as there are any",
            "parameters": [
                *_grammar(),
                wait,
                stale,
                header("If-None-Match", "The ETag of the last answer without a cursor."),
            ],
            "responses": {
                "200": response("Events.", "application/json", {"$ref": "#/components/schemas/Poll"}),
                "304": {"description": "Nothing is newer."},
                **refusals("400", "401", "403", "429", "503"),
            },
        },
        **find_operations(),
        **rest_operations(config),
        "/healthz": _health("healthz", "Whether the process answers", "200"),
        "/readyz": _health("readyz", "Whether the node may be sent readers", "200", "503"),
    }


def _grammar() -> list[Document]:
    kinds = [
        parameter(kind, {"type": "string", "description": description})
        for kind, description in kind_parameters().items()
    ]
    return [*kinds, *(parameter(name, schema) for name, schema in option_schemas().items())]


def _health(name: str, summary: str, *statuses: str) -> Document:
    answers = {status: response("The state, and why.", "application/json", _HEALTH) for status in statuses}
    return {"operationId": name, "summary": summary, "responses": answers, "security": [{}]}
