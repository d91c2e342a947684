"""`GET /metrics`: what a node counts, in Prometheus' text format."""

import time
from collections import Counter
from collections.abc import Iterator

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from ticker import __version__
from ticker.counts import Histogram
from ticker.disconnects import DISCONNECTS
from web.alpaca_encoding import AlpacaEncoding
from web.gzip_encoding import GzipEncoding
from web.massive_encoding import MassiveEncoding
from web.node import Node
from web.requests import NODE
from web.sse_encoding import SseEncoding

_TRANSPORTS = {SseEncoding: "sse", GzipEncoding: "sse", AlpacaEncoding: "websocket", MassiveEncoding: "websocket"}
"""Of an encoding; all others are those of polls that wait."""


async def metrics(request: web.Request) -> web.Response:
    """All metrics as they are now."""
    registry = CollectorRegistry()
    registry.register(NodeMetrics(request.app[NODE]))
    headers = {"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"}
    return web.Response(body=generate_latest(registry), headers=headers)


class NodeMetrics(Collector):
    """Reads a node's counts when it is asked to."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def describe(self) -> Iterator[Metric]:
        """Nothing in advance."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Every metric."""
        build = GaugeMetricFamily("ticker_build_info", "The version that runs; always 1.", labels=["version"])
        build.add_metric([__version__], 1)
        yield build
        yield from self._readers()
        yield from self._flushes()
        yield from self._catch_up()
        yield from self._feeds()
        yield from self._log()
        yield from self._keys()

    def _readers(self) -> Iterator[Metric]:
        hub = self._node.hub
        counted = Counter({"sse": 0, "websocket": 0, "poll": 0})
        for audience in hub.audiences():
            counted[_TRANSPORTS.get(type(audience.encoding), "poll")] += audience.members
        readers = GaugeMetricFamily("ticker_readers", "Readers connected now.", labels=["transport"])
        for transport, count in counted.items():
            readers.add_metric([transport], count)
        yield readers
        disconnects = CounterMetricFamily("ticker_disconnects", "Connections ended by the node.", labels=["name"])
        for disconnect in DISCONNECTS:
            disconnects.add_metric([disconnect.name], hub.counts.disconnects[disconnect.name])
        yield disconnects
        resumes = CounterMetricFamily("ticker_resumes", "Readers that came with a cursor.", labels=["outcome"])
        for outcome in ("proved", "gap", "reset"):
            resumes.add_metric([outcome], hub.counts.resumes[outcome])
        yield resumes

    def _flushes(self) -> Iterator[Metric]:
        counts = self._node.hub.counts
        yield CounterMetricFamily("ticker_deliveries", "Events written, times their readers.", counts.deliveries)
        yield CounterMetricFamily("ticker_writes", "Writes of events to readers.", counts.writes)
        yield _histogram("ticker_flush_seconds", "How long flushes took.", counts.flush_seconds)
        yield _histogram("ticker_event_lag_seconds", "From an event's own time to its flush.", counts.event_lag)
        yield _histogram("ticker_kafka_lag_seconds", "From the broker's append to the flush.", counts.kafka_lag)

    def _catch_up(self) -> Iterator[Metric]:
        hub = self._node.hub
        yield GaugeMetricFamily("ticker_slow_readers", "Readers whose sockets are full now.", len(hub.stalled))
        yield CounterMetricFamily("ticker_stalls", "How often a reader's socket was full.", hub.counts.stalls)
        yield CounterMetricFamily("ticker_catch_up_bytes", "Catch-up written to readers.", hub.counts.catch_up_bytes)
        yield GaugeMetricFamily("ticker_catch_up_pending_bytes", "Catch-up that is under way.", hub.undrained.bytes)

    def _feeds(self) -> Iterator[Metric]:
        live = GaugeMetricFamily("ticker_feed_live", "Whether Kafka answers for a kind: 1 or 0.", labels=["kind"])
        since = GaugeMetricFamily("ticker_feed_state_seconds", "Since when a feed is live or not.", labels=["kind"])
        for kind, feed in self._node.source.feeds().items():
            live.add_metric([kind], int(feed.live))
            since.add_metric([kind], max(0.0, time.time() - feed.since))
        yield live
        yield since
        rejected = CounterMetricFamily("ticker_rejected_records", "Records that were no events.", labels=["kind"])
        for kind in self._node.log.kinds:
            rejected.add_metric([kind], self._node.source.rejected.get(kind, 0))
        yield rejected

    def _log(self) -> Iterator[Metric]:
        log = self._node.log
        yield GaugeMetricFamily("ticker_log_bytes", "JSON of log kinds' history that is held.", log.bytes)
        yield GaugeMetricFamily("ticker_log_entries", "Entries of log kinds' history that are held.", len(log.history))
        keys = GaugeMetricFamily("ticker_log_keys", "Keys that are held.", labels=["kind"])
        for kind, topic in log.topics.items():
            keys.add_metric([kind], len(topic.series))
        yield keys

    def _keys(self) -> Iterator[Metric]:
        node = self._node
        yield GaugeMetricFamily("ticker_key_connections", "Connections that are open with a key.", len(node.holders))
        failures = node.key_watch.failures
        yield CounterMetricFamily("ticker_keys_file_failures", "Times the keys file became unreadable.", failures)


def _histogram(name: str, documentation: str, histogram: Histogram) -> Metric:
    buckets: list[tuple[str, float]] = []
    total = 0
    for bound, count in zip((*map(str, histogram.bounds), "+Inf"), histogram.counts, strict=True):
        total += count
        buckets.append((bound, total))
    return HistogramMetricFamily(name, documentation, buckets=buckets, sum_value=histogram.sum)
