"""Ingest: records that are in Kafka when a node starts, until it is ready."""

import asyncio
import http.client
import time

from aiokafka import AIOKafkaProducer

from feeds.topics import create_topics
from ticker.commands.bench.load import Load, Result, stage, wait_for_feed
from ticker.commands.bench.quotes import QuoteMaker
from ticker.commands.bench.scenario import SYMBOLS
from ticker.config import LogConfig

LOG_KINDS = ["quotes"]
"""Every quote counts: of a state kind only each key's newest would be decoded."""
PARTITIONS = 6
_BATCH = 200
_LOOK_SECONDS = 0.02
_LONGEST_SECONDS = 300.0


def ingest(load: Load) -> Result:
    """Write the records, let the node begin, and see how long it takes and what it uses until it is ready."""
    records = load.scenario.clients
    stage(f"writing {records:,} records")
    asyncio.run(_write(load.job.kafka, load.job.prefix, records))
    wait_for_feed()
    stage("reading")
    load.begin()
    deadline = time.time() + _LONGEST_SECONDS
    while not _is_ready(load.job.host, load.job.port):
        if time.time() > deadline:
            raise TimeoutError(f"the node was not ready after {_LONGEST_SECONDS:g} s")
        time.sleep(_LOOK_SECONDS)
    _, _, busy = load.end()
    return {**busy, "events": records, "due": records}


def _is_ready(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


async def _write(bootstrap: str, prefix: str, records: int) -> None:
    await create_topics(bootstrap, prefix, LogConfig(log_kinds=LOG_KINDS), PARTITIONS)
    maker = QuoteMaker(SYMBOLS)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, compression_type="lz4", max_batch_size=1 << 20)
    await producer.start()
    try:
        for first in range(0, records, _BATCH * PARTITIONS):
            batches = [producer.create_batch() for _ in range(PARTITIONS)]
            for number in range(first, min(first + _BATCH * PARTITIONS, records)):
                key, value = maker.make(number, time.time())
                partition = number % len(SYMBOLS) % PARTITIONS
                batches[partition].append(key=key.encode(), value=value, timestamp=None)
            sent = [
                await producer.send_batch(batch, f"{prefix}quotes", partition=partition)
                for partition, batch in enumerate(batches)
                if batch.record_count()
            ]
            await asyncio.gather(*sent)
    finally:
        await producer.stop()
