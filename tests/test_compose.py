"""docker-compose.yml runs commands that exist, on a broker and topics that are there first."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from ticker.commands.main import make_parser

COMPOSE: dict[str, Any] = YAML(typ="safe").load(Path(__file__).parents[1] / "docker-compose.yml")
OURS = {name: service for name, service in COMPOSE["services"].items() if "build" in service}


def test_has_two_nodes_the_topics_and_a_simulator() -> None:
    commands = sorted(service["command"][0] for service in OURS.values())
    assert commands == ["feed", "serve", "serve", "topics"]


@pytest.mark.parametrize("name", OURS)
def test_command_is_one_of_ours_on_the_broker_beside_it(name: str) -> None:
    options = make_parser().parse_args(OURS[name]["command"])
    host, port = options.kafka.split(":")
    assert f"PLAINTEXT://{host}:{port}" == COMPOSE["services"][host]["environment"]["KAFKA_ADVERTISED_LISTENERS"]


@pytest.mark.parametrize("name", OURS)
def test_waits_for_what_it_needs(name: str) -> None:
    first = {"kafka": "service_healthy"} if name == "topics" else {"topics": "service_completed_successfully"}
    assert {needed: how["condition"] for needed, how in OURS[name]["depends_on"].items()} == first


def test_broker_keeps_its_data_in_a_named_volume() -> None:
    kafka = COMPOSE["services"]["kafka"]
    volume, folder = kafka["volumes"][0].split(":")
    assert volume in COMPOSE["volumes"]
    assert folder == kafka["environment"]["KAFKA_LOG_DIRS"]
