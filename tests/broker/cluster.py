"""Three brokers that are one cluster, with a quorum of three."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from tests.broker.broker import Broker, cluster_id, free_ports

PROPERTIES = {
    "default.replication.factor": 3,
    "min.insync.replicas": 2,
    "offsets.topic.replication.factor": 3,
    "transaction.state.log.replication.factor": 3,
    "transaction.state.log.min.isr": 2,
}


@dataclass
class Cluster:
    """Brokers to kill one by one or all together."""

    brokers: list[Broker]

    @property
    def bootstrap(self) -> str:
        """What clients connect to: every broker's `HOST:PORT`, with commas between."""
        return ",".join(broker.bootstrap for broker in self.brokers)

    async def start(self) -> None:
        """Start every broker that doesn't run, and wait until each knows all.

        Raises RuntimeError, with the end of a broker's log, if one doesn't.
        """
        await asyncio.gather(*(broker.launch() for broker in self.brokers if broker.process is None))
        nodes = [broker.node for broker in self.brokers]
        await asyncio.gather(*(broker.answer(nodes) for broker in self.brokers))

    def remove(self) -> None:
        """End what runs, and delete all that it left."""
        for broker in self.brokers:
            broker.remove()


def three_brokers(folder: Path) -> Cluster:
    """A cluster of three that isn't started yet, each broker with a folder in this one."""
    ports = free_ports(6)
    controllers = {node: ports[node + 2] for node in (1, 2, 3)}
    cluster = cluster_id()
    return Cluster(
        [
            Broker(folder / str(node), PROPERTIES, node, cluster, [ports[node - 1], controllers[node]], controllers)
            for node in (1, 2, 3)
        ]
    )
