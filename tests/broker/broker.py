"""A real Apache Kafka in KRaft mode, on loopback, that can hang, die and come back."""

import asyncio
import base64
import random
import shutil
import signal
import socket
import subprocess
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from tests.broker.jars import kafka_jars

ANSWER_SECONDS = 60
"""How long a broker may take to start on a busy machine."""
PORTS = range(20000, 32000)
"""Below the ports that Linux gives to outgoing connections: a client that tries a dead broker's port can then neither
take that port itself nor connect to itself."""
JAVA = ["java", "-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
PROPERTIES: Mapping[str, object] = {
    "process.roles": "broker,controller",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": 1,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "group.initial.rebalance.delay.ms": 0,
    # A broker that died may come back as soon as its old session is over.
    "broker.session.timeout.ms": 3000,
    "broker.heartbeat.interval.ms": 500,
    # Retention and compaction take effect within a second, not within minutes.
    "log.initial.task.delay.ms": 250,
    "log.retention.check.interval.ms": 250,
    "log.cleaner.backoff.ms": 250,
}


def cluster_id() -> str:
    """A new cluster's id, as Kafka writes them: 16 bytes in URL-safe base64."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()


def free_ports(count: int) -> list[int]:
    """Ports of the loopback address that nobody listens on."""
    ports: list[int] = []
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as candidate:
            try:
                candidate.bind(("127.0.0.1", port))
            except OSError:
                continue
        ports.append(port)
        if len(ports) == count:
            return ports
    raise RuntimeError(f"no {count} free ports in {PORTS}")


@dataclass
class Broker:
    """One broker, controller too. Its ports and its data outlive its process."""

    folder: Path
    properties: Mapping[str, object] = field(default_factory=dict)
    """Settings of the server, over PROPERTIES."""
    node: int = 1
    cluster: str = field(default_factory=cluster_id)
    ports: Sequence[int] = field(default_factory=lambda: free_ports(2))
    """The clients' and the controllers'."""
    controllers: Mapping[int, int] = field(default_factory=dict)
    """Every node of the quorum and its controllers' port; by default this one alone."""
    process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        """What clients connect to: `HOST:PORT`."""
        return f"127.0.0.1:{self.ports[0]}"

    async def start(self) -> None:
        """Start the broker on the data that it left, or on none, and wait until it answers.

        Raises RuntimeError, with the end of the broker's log, if it doesn't.
        """
        await self.launch()
        await self.answer([self.node])

    async def launch(self) -> None:
        """Start the broker's process, and don't wait for more."""
        assert self.process is None, "it runs already"
        if not self.data.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            self.settings.write_text("".join(f"{name}={value}\n" for name, value in self._all_properties().items()))
            tool = [*JAVA, "-cp", f"{kafka_jars()}/*", "kafka.tools.StorageTool", "format"]
            await asyncio.to_thread(
                self._run_to_end, [*tool, f"--cluster-id={self.cluster}", f"--config={self.settings}"]
            )
        self._spawn()

    async def answer(self, nodes: Iterable[int]) -> None:
        """Wait until the broker answers, and knows all these nodes as brokers.

        Raises RuntimeError, with the end of the broker's log, if it doesn't.
        """
        expected = set(nodes)
        known: set[int] = set()
        deadline = asyncio.get_running_loop().time() + ANSWER_SECONDS
        while not expected <= known:
            assert self.process is not None, "start it first"
            ended = self.process.poll()
            if ended is not None or asyncio.get_running_loop().time() > deadline:
                what = f"ended with {ended}" if ended is not None else f"knows {known} after {ANSWER_SECONDS} s"
                tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])
                raise RuntimeError(f"Kafka on {self.bootstrap} {what}, not {expected}; its log ends with:\n{tail}")
            await asyncio.sleep(0.1)
            known = await _known_nodes(self.ports[0])

    def hang(self) -> None:
        """Stop the process where it is: its connections stay open and nothing answers."""
        self._running().send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a process that hangs go on."""
        self._running().send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End the process at once, as a power failure would; `start` brings it back."""
        process, self.process = self._running(), None
        process.kill()
        process.wait()

    def remove(self) -> None:
        """End the process if it runs, and delete all that it left."""
        if self.process is not None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def log(self) -> Path:
        """What the broker has to say."""
        return self.folder / "broker.log"

    @property
    def data(self) -> Path:
        """The folder of its topics."""
        return self.folder / "data"

    @property
    def settings(self) -> Path:
        """Its server.properties."""
        return self.folder / "server.properties"

    def _running(self) -> subprocess.Popen[bytes]:
        assert self.process is not None, "it doesn't run"
        return self.process

    def _all_properties(self) -> Mapping[str, object]:
        clients, controllers = self.ports
        quorum = self.controllers or {self.node: controllers}
        return {
            **PROPERTIES,
            "node.id": self.node,
            "controller.quorum.voters": ",".join(f"{node}@127.0.0.1:{port}" for node, port in quorum.items()),
            "listeners": f"PLAINTEXT://127.0.0.1:{clients},CONTROLLER://127.0.0.1:{controllers}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{clients}",
            "log.dirs": self.data,
            **self.properties,
        }

    def _spawn(self) -> None:
        quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
        # The kernel kills it when this process ends, however that ends. A terminal's Ctrl-C is not for it.
        command = ["setpriv", "--pdeathsig", "KILL", *JAVA, quiet, "-cp", f"{kafka_jars()}/*", "kafka.Kafka"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, str(self.settings)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def _run_to_end(self, command: list[str]) -> None:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout.decode()}")


async def _known_nodes(port: int) -> set[int]:
    """The nodes that the broker on a port knows as brokers; none if it doesn't answer."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return set()
    writer.close()
    client = AIOKafkaClient(bootstrap_servers=f"127.0.0.1:{port}", request_timeout_ms=5000)
    try:
        await client.bootstrap()
        return {broker.nodeId for broker in client.cluster.brokers()}
    except KafkaError:
        return set()
    finally:
        await client.close()
