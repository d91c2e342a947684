"""What the documentation says is what the code does."""

import json
import re
from pathlib import Path

import msgspec

from feeds.embedded import EmbeddedSource
from ticker.config import Config
from ticker.disconnects import DISCONNECTS
from ticker.events import decode_event
from ticker.kinds import KINDS
from ticker.schemas import event_schemas
from ticker.subscription import INTERVALS
from web.alpaca import TEXTS, WORDS
from web.bars import DEFAULT_BARS, MOST_BARS, TIMEFRAMES
from web.dialect import Problem
from web.finding import (
    DEFAULT_GAMES,
    DEFAULT_MOVERS,
    DEFAULT_SYMBOLS,
    LONGEST_SEARCH,
    MOST_GAMES,
    MOST_SYMBOLS,
    find_routes,
)
from web.games import MOST_LEAGUES
from web.massive import STATUSES
from web.metrics import NodeMetrics
from web.movers import LASTING_SECONDS, MOST_MOVERS, Mover
from web.node import Node
from web.rest import ROUTES
from web.rest_parameters import WITHOUT_EFFECT
from web.symbols import FoundSymbol

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def test_every_setting_is_described_with_its_default() -> None:
    text = (DOCS / "configuration.md").read_text()
    found = dict(re.findall(r"\| `(\w+)` \| `(.*?)` \| \w", text))
    settings = {
        name: msgspec.json.encode(value).decode()
        for section in msgspec.to_builtins(Config()).values()
        for name, value in section.items()
    }
    assert found == settings
    assert len(found) > 20


def test_every_metric_is_described_with_its_type_and_labels() -> None:
    table = re.findall(r"^\| `(\w+)` \| (\w+) \| (?:`(\w+)`)?", (DOCS / "metrics.md").read_text(), re.MULTILINE)
    made = {
        family.name + ("_total" if family.type == "counter" else ""): family
        for family in NodeMetrics(Node(Config(), EmbeddedSource)).collect()
    }
    assert {name: kind for name, kind, _ in table} == {name: family.type for name, family in made.items()}
    for name, _, label in table:
        labels = {key for sample in made[name].samples for key in sample.labels if key != "le"}
        assert labels == ({label} if label else set()), name


def test_every_disconnect_is_described_with_its_code() -> None:
    table = re.findall(r"\| (\w+) \| (1\d\d\d) \| (yes|no)", (DOCS / "protocol.md").read_text())
    assert table == [(item.name, str(item.code), "yes" if item.comes_back else "no") for item in DISCONNECTS]


def test_every_error_of_trading_clients_is_described() -> None:
    table = re.findall(r"^\| (\d\d\d) \| ([^|]+?) \| (\w+) \|", (DOCS / "trading.md").read_text(), re.MULTILINE)
    assert table == [(str(int(one)), TEXTS[one], STATUSES.get(one, "error")) for one in Problem]


def test_what_trading_clients_do_is_said_of_every_disconnect() -> None:
    table = re.findall(
        r"^\| (\w+) \| (1\d\d\d) \| ([^|]+) \| ([^|]+) \|$", (DOCS / "trading.md").read_text(), re.MULTILINE
    )
    assert [(name, code) for name, code, _, _ in table] == [(item.name, str(item.code)) for item in DISCONNECTS]


def test_every_kind_word_and_interval_is_described() -> None:
    protocol, producers = (DOCS / "protocol.md").read_text(), (DOCS / "producers.md").read_text()
    for kind in KINDS:
        assert f"`{kind}`" in protocol
        assert f"`ticker.{kind}`" in producers
        assert f"schemas/{kind}.json" in producers
    for word in WORDS:
        assert f"`{word}`" in protocol
    assert f"{', '.join(map(str, INTERVALS[:-1]))} or {INTERVALS[-1]}" in protocol


def test_the_schemas_are_those_of_the_structs() -> None:
    for kind, schema in event_schemas().items():
        assert json.loads((DOCS / "schemas" / f"{kind}.json").read_text()) == json.loads(json.dumps(schema)), kind
    assert len(list((DOCS / "schemas").iterdir())) == len(KINDS)


def test_the_producers_examples_are_events() -> None:
    text = (DOCS / "producers.md").read_text()
    quote = re.search(r"quote = (\{.*\})", text)
    trade = re.search(r"AAPL\|(\{.*?\})'", text)
    assert quote
    assert trade
    decode_event("quotes", quote[1].encode())
    decode_event("trades", trade[1].encode())


def test_every_rest_path_and_bound_is_described() -> None:
    text = (DOCS / "rest.md").read_text()
    table = {path for path, _, _ in re.findall(r"^\| `((/v2|/v1beta3)/\S+?)(\?\S*)?` \|", text, re.MULTILINE)}
    paths = {path.replace("{kind:quotes|trades|bars}", "{quotes,trades,bars}") for path in ROUTES}
    assert table == {re.sub(r":[^}]*}", "}", path) for path in paths}
    for name in (*WITHOUT_EFFECT, *TIMEFRAMES):
        assert f"`{name}`" in text
    assert f"1 to {MOST_BARS}, by default {DEFAULT_BARS}" in text


def test_every_bound_of_what_finds_things_is_described() -> None:
    text = (DOCS / "protocol.md").read_text()
    assert f"{LONGEST_SEARCH} characters at most" in text
    assert f"{MOST_LEAGUES} at most" in text
    assert f"every {LASTING_SECONDS:.0f} seconds at most" in text
    assert f"1 to {MOST_SYMBOLS} symbols ({DEFAULT_SYMBOLS} by default)" in text
    assert f"1 to {MOST_GAMES} games ({DEFAULT_GAMES})" in text
    assert f"1 to {MOST_MOVERS} movers of each sort ({DEFAULT_MOVERS})" in text
    for fields in (FoundSymbol.__struct_encode_fields__, Mover.__struct_encode_fields__):
        assert ",".join(f'"{name}"' for name in fields) in text
    for route in find_routes():
        assert f"`{route.path}?" in text
