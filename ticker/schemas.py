"""JSON Schemas of what producers write, made from the events' own types."""

from collections.abc import Mapping
from typing import Any

import msgspec

from ticker.events import EVENTS


def event_schemas() -> Mapping[str, dict[str, Any]]:
    """The schema of each kind's values, by the kind's name (JSON Schema 2020-12)."""
    return {kind: _schema(kind, type_) for kind, type_ in EVENTS.items()}


def event_components() -> dict[str, Any]:
    """The schemas of all events by their names, for a document's `components`; `Event` is any of them."""
    schemas, components = msgspec.json.schema_components(
        list(EVENTS.values()), ref_template="#/components/schemas/{name}"
    )
    alternatives = [alternative for schema in schemas for alternative in schema.get("anyOf", [schema])]
    return {**components, "Event": {"anyOf": alternatives}}


def _schema(kind: str, type_: Any) -> dict[str, Any]:
    (schema,), components = msgspec.json.schema_components([type_], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"A value of the kind {kind}",
        **schema,
        "$defs": components,
    }
