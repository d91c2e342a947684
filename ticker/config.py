"""The configuration: one typed struct, each setting documented where it is defined.

Values come from a TOML file, then from variables (`TICKER_KAFKA__BOOTSTRAP`), then from flags; the last one wins.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct, field

from ticker.authorizer import check_pattern

Seconds = Annotated[float, Meta(gt=0)]
Bytes = Annotated[int, Meta(gt=0)]
Count = Annotated[int, Meta(gt=0)]
Port = Annotated[int, Meta(ge=0, le=65535)]
VARIABLE_PREFIX = "TICKER_"
_LISTS = ("_kinds", "auth.anonymous")
"""How the names of settings end that are lists; in a variable, there are commas between their items."""


class _Section(Struct, kw_only=True, forbid_unknown_fields=True):
    pass


class ServerConfig(_Section):
    """Where the node listens, and how it leaves."""

    host: str = "127.0.0.1"
    """The address to listen on; 0.0.0.0 for all."""
    port: Port = 8000
    """The port; 0 takes a free one and prints it."""
    admin_host: str = "127.0.0.1"
    """The address of the admin listener, which answers health alone."""
    admin_port: Port = 8001
    """The port of the admin listener; 0 takes a free one."""
    workers: Annotated[int, Meta(ge=1, le=256)] = 1
    """How many processes share the port, each a whole node on Kafka; 1 is a single process without a parent."""
    mute_seconds: Annotated[float, Meta(ge=2)] = 10
    """A worker whose event loop has not turned for so long is killed and replaced; 2 at the least."""
    shutdown_seconds: Seconds = 5
    """How long a stopping node waits for its readers to take what they were sent."""


class KafkaConfig(_Section):
    """Where events come from."""

    bootstrap: str = ""
    """Brokers, `HOST:PORT` with commas between them; empty for the embedded source."""
    prefix: str = "ticker."
    """What the topics' names begin with."""
    client_rack: str = ""
    """The rack this node is in, to read from the closest replica; empty for none."""
    silent_seconds: Seconds = 2
    """A broker that has answered nothing for so long makes its topics stale."""
    max_record_bytes: Bytes = 1_048_576
    """A record larger than this is counted and skipped."""


class LogConfig(_Section):
    """What a node remembers."""

    history_seconds: Seconds = 3600
    """How long a log kind's entries are held, counted from their append by the broker."""
    history_entries: Count = 10_000
    """How many entries of one key of a log kind are held."""
    history_bytes: Bytes = 268_435_456
    """How much JSON of log kinds is held in all, whatever the other bounds allow."""
    deletion_seconds: Seconds = 3600
    """How long the deletion of a state kind's key is remembered: the resume window of state."""
    snapshot_entries: Count = 100_000
    """How many entries one reader's beginning may hold; one that asks for more is refused."""
    log_kinds: list[str] = field(default_factory=list)
    """Kinds to treat as log kinds though they are state kinds by default: `["quotes"]` delivers every quote."""
    state_kinds: list[str] = field(default_factory=list)
    """Kinds to treat as state kinds though they are log kinds by default."""


class HubConfig(_Section):
    """How readers are served."""

    flush_interval: Annotated[float, Meta(ge=0)] = 0.01
    """Seconds between two flushes at the least, under load; 0 flushes whenever something came."""
    yield_seconds: Seconds = 0.002
    """How long a flush, or a large answer over REST, works before it lets the event loop breathe."""
    heartbeat_seconds: Seconds = 15
    """How often a reader hears a heartbeat. Proxies cut what is quiet for 60 seconds."""
    backlog_bytes: Bytes = 65_536
    """How much of what was written to a reader may be waiting in this process before the reader counts as behind."""
    slow_seconds: Seconds = 30
    """How long a reader may leave its socket full before it is told so and closed."""
    ahead_seconds: Seconds = 3
    """How long a reader whose cursor is ahead of this node is kept waiting before it is sent elsewhere."""
    catch_up_bytes: Bytes = 67_108_864
    """How much catch-up may be under way to readers in all; those beyond wait their turn."""
    pending_entries: Count = 10_000
    """How many entries an audience with an interval gathers before its batch goes out early."""
    chunk_bytes: Bytes = 262_144
    """How much catch-up one reader is sent before its socket must have taken it."""
    known_polls_bytes: Bytes = 16_777_216
    """How much memory polls are remembered in, so that unchanged ones are answered fast; the oldest are forgotten."""


class StreamConfig(_Section):
    """How SSE streams are sent."""

    gzip_readers: Annotated[int, Meta(ge=0)] = 1
    """From how many readers of one subscription on a new one that accepts gzip gets it; 0 for never, 1 for always."""


class LimitsConfig(_Section):
    """What one client may ask for."""

    url_channels: Count = 1000
    """Channels in a URL."""
    socket_channels: Count = 10_000
    """Channels on one WebSocket."""
    connections: Count = 100_000
    """Streaming connections to one node; the next is told to come back."""
    message_bytes: Bytes = 1_048_576
    """The size of a message from a WebSocket client."""
    request_line_bytes: Bytes = 65_536
    """The size of a request's first line."""
    wait_seconds: Seconds = 30
    """How long a poll may wait."""


class AuthConfig(_Section):
    """Who may read what."""

    keys_file: str = ""
    """The file of keys that `ticker keys` writes and nodes follow; empty for no keys."""
    anonymous: list[str] = field(default_factory=lambda: ["*"])
    """Channels that anybody may read without a key: `*`, `games/*`, `quotes/A*`; an empty list closes the node."""

    def __post_init__(self) -> None:
        for pattern in self.anonymous:
            try:
                check_pattern(pattern)
            except ValueError as error:
                raise ValueError(f"auth.anonymous: {error}") from None


class FreshnessConfig(_Section):
    """After how many seconds a page greys a price."""

    quotes: Seconds = 60
    """A quote's age."""
    trades: Seconds = 300
    """A trade's age."""


class Config(_Section):
    """All settings of a node."""

    server: ServerConfig = field(default_factory=ServerConfig)
    kafka: KafkaConfig = field(default_factory=KafkaConfig)
    log: LogConfig = field(default_factory=LogConfig)
    hub: HubConfig = field(default_factory=HubConfig)
    stream: StreamConfig = field(default_factory=StreamConfig)
    limits: LimitsConfig = field(default_factory=LimitsConfig)
    auth: AuthConfig = field(default_factory=AuthConfig)
    freshness: FreshnessConfig = field(default_factory=FreshnessConfig)


class InvalidConfig(ValueError):
    """A setting that can't be. The text says which, from where, and what would be right."""


Sources = Mapping[str, str]
"""Where each setting came from, by its name: `hub.flush_interval`."""


def load_config(path: Path | None, variables: Mapping[str, str], flags: Mapping[str, object]) -> tuple[Config, Sources]:
    """The configuration, and where each value that isn't a default came from.

    `flags` are by setting name (`server.port`), None where a flag was not given. Raises InvalidConfig.
    """
    raw: dict[str, dict[str, Any]] = {}
    sources: dict[str, str] = {}
    if path is not None:
        for section, values in _read(path).items():
            if not isinstance(values, dict):
                raise InvalidConfig(f"{path}: {section!r} must be a section: write [{section}]")
            for name, value in values.items():
                _put(raw, sources, f"{section}.{name}", value, str(path))
    for variable, text in variables.items():
        if variable.startswith(VARIABLE_PREFIX) and "__" in variable:
            name = variable.removeprefix(VARIABLE_PREFIX).lower().replace("__", ".", 1)
            value = [item for item in text.split(",") if item] if name.endswith(_LISTS) else text
            _put(raw, sources, name, value, f"the variable {variable}")
    for name, value in flags.items():
        if value is not None:
            _put(raw, sources, name, value, f"the flag for {name}")
    try:
        return msgspec.convert(raw, Config, strict=False), sources
    except msgspec.ValidationError as error:
        said = str(error)
        at = next((name for name in sources if f"$.{name}`" in said or said.startswith(f"{name}: ")), None)
        raise InvalidConfig(f"{said}{f' (from {sources[at]})' if at else ''}") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        return msgspec.toml.decode(path.read_bytes(), type=dict[str, Any])
    except OSError as error:
        raise InvalidConfig(f"{path}: can't be read: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidConfig(f"{path}: not TOML: {error}") from None


def _put(raw: dict[str, dict[str, Any]], sources: dict[str, str], name: str, value: object, source: str) -> None:
    section, _, setting = name.partition(".")
    known = {item.name: item.type for item in msgspec.structs.fields(Config)}
    if section not in known:
        raise InvalidConfig(f"unknown section {section!r} (from {source}): the sections are {', '.join(known)}")
    settings = [item.name for item in msgspec.structs.fields(known[section])]
    if setting not in settings:
        raise InvalidConfig(f"unknown setting {name!r} (from {source}): [{section}] has {', '.join(settings)}")
    raw.setdefault(section, {})[setting] = value
    sources[name] = source
