"""What operations of OpenAPI documents are made of (spec.openapis.org/oas/v3.1.1)."""

from collections.abc import Mapping
from typing import Any

Document = dict[str, Any]
_WHY = {
    "400": "The request can't be read.",
    "401": "Credentials are needed, or not right.",
    "403": "The key doesn't allow it.",
    "404": "Nothing is known of the symbol.",
    "429": "It waited, and gave way to a newer connection with the same key.",
    "503": "Not now: come back in `Retry-After` seconds.",
}


def parameter(name: str, schema: Mapping[str, Any], *, is_in_path: bool = False) -> Document:
    """A parameter of the query, or of the path; the schema has its description."""
    typed = {key: value for key, value in schema.items() if key != "description"}
    place: Document = {"in": "path", "required": True} if is_in_path else {"in": "query"}
    return {"name": name, **place, "description": schema["description"], "schema": typed}


def header(name: str, description: str) -> Document:
    """A header that a request may have."""
    return {"name": name, "in": "header", "description": description, "schema": {"type": "string"}}


def response(description: str, media: str, schema: Mapping[str, Any]) -> Document:
    """What an operation answers with one status."""
    return {"description": description, "content": {media: {"schema": schema}}}


def refusals(*statuses: str, error: str = "Error") -> Document:
    """What an operation answers that refuses; `error` names the schema of the body."""
    schema = {"$ref": f"#/components/schemas/{error}"}
    return {status: response(_WHY[status], "application/json", schema) for status in statuses}
