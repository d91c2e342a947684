"""Pages as HTML, rendered on the server with the values of the moment, from which their scripts go on."""

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from ticker.timestamp import format_time, seconds_of
from web.number_texts import UNKNOWN
from web.page_state import PageState
from web.static_files import static_path
from web.status import feeds_object

DAY = 86_400
"""Seconds."""


def render_page(
    template: str, root: str, state: PageState, *, as_of: str, data: Mapping[str, Any], **values: Any
) -> str:
    """A whole page of live values.

    `root` leads from the page's path to the node's: empty, or `../` once or more. `as_of` is the time of the newest
    value shown, RFC 3339 or empty; `data` is what the page's script starts with beside what all pages' scripts do,
    `values` what the template asks for.
    """
    stale = {kind: feed.since for kind, feed in state.feeds.items() if not feed.live}
    return (
        _environment()
        .get_template(template)
        .render(
            root=root,
            as_of=as_of,
            as_of_text=_clock_text(as_of, state.now) if as_of else UNKNOWN,
            stale=_names(stale, state.feeds),
            stale_since=_clock_text(format_time(min(stale.values())), state.now) if stale else "",
            data=_data(state, {"root": root, **data}),
            **values,
        )
    )


def _clock_text(time: str, now: float) -> str:
    """`14:03:05 UTC`, with the date unless it is about today."""
    is_today = abs(now - seconds_of(time)) < DAY
    return f"{time[11:19]} UTC" if is_today else f"{time[:10]} {time[11:19]} UTC"


def newest_time(times: Iterable[str]) -> str:
    """The latest of the events' times `times`; empty where there are none."""
    return max(times, key=lambda time: time[:19], default="")


def load_templates() -> None:
    """Read the templates, so that no request has to."""
    for name in _environment().list_templates():
        _environment().get_template(name)


def render(template: str, **values: Any) -> str:
    """A page that doesn't live, at the node's own path."""
    return _environment().get_template(template).render(root="", **values)


def _names(stale: Collection[str], feeds: Collection[str]) -> str:
    if len(stale) == len(feeds) and stale:
        return "all feeds"
    return ", ".join(kind.replace("_", " ") for kind in stale)


def _data(state: PageState, data: Mapping[str, Any]) -> Markup:
    """What the page's script starts with, as JSON that can't end its own element."""
    started = {
        "cursor": state.cursor,
        "channels": state.channels,
        "status": feeds_object(state.feeds, state.now),
        "freshness": {"quotes": state.freshness.quotes, "trades": state.freshness.trades},
        "events": [msgspec.Raw(entry.json) for entry in state.entries],
        **data,
    }
    text = msgspec.json.encode(started).decode()
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))  # noqa: S704


def _with_code(text: str) -> Markup:
    """Text in which what stands between backticks is code."""
    parts = [
        escape(part) if number % 2 == 0 else Markup("<code>{}</code>").format(part)
        for number, part in enumerate(text.split("`"))
    ]
    return Markup("").join(parts)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("web"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["with_code"] = _with_code
    environment.globals["static"] = static_path()
    return environment
