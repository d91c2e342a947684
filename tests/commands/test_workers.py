import socket

import pytest

from tests.commands.test_commands import ended
from ticker.commands.main import make_parser
from ticker.commands.settings import given_flags
from ticker.commands.worker import PLACE_VARIABLE, Place, place_from
from ticker.config import InvalidConfig


async def test_workers_that_can_not_be_are_refused() -> None:
    for arguments, said in (
        (["--workers", "2", "--feed", "simulate"], "several workers need Kafka"),
        (["--workers", "2"], "several workers need Kafka"),
        (["--workers", "0", "--kafka", "localhost:1"], "not a whole number above 0"),
        (["--workers", "257", "--kafka", "localhost:1"], "server.workers"),
    ):
        status, printed = await ended("serve", *arguments)
        assert status == 2, printed
        assert said in printed


def test_a_platform_that_shares_no_ports_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delattr(socket, "SO_REUSEPORT")
    options = make_parser().parse_args(["serve", "--workers", "2", "--kafka", "localhost:1"])
    assert options.run(options) == 2
    assert "SO_REUSEPORT" in capsys.readouterr().err


@pytest.mark.parametrize("shares", [False, True])
async def test_a_port_that_others_have_is_refused(shares: bool) -> None:
    with socket.socket() as other:
        if shares:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        for taken, free in (("--port", "--admin-port"), ("--admin-port", "--port")):
            status, printed = await ended("serve", "--workers", "2", "--kafka", "localhost:1", taken, port, free, "0")
            assert status == 1, printed
            assert f"127.0.0.1 port {port}: Address already in use" in printed
            assert "worker started" not in printed


def test_workers_are_given_the_flags_of_their_parent() -> None:
    given = ["--config=a b.toml", "--host=::1", "--port=0", "--workers=2", "--kafka=a:1,b:2", "--prefix=-x"]
    assert given_flags(make_parser().parse_args(["serve", *given])) == given
    assert given_flags(make_parser().parse_args(["serve"])) == []


def test_a_place_is_what_a_parent_wrote() -> None:
    assert place_from({}) is None
    text = '{"number":1,"port":80,"admin_socket":"1","channel":7}'
    assert place_from({PLACE_VARIABLE: text}) == Place(number=1, port=80, admin_socket="1", channel=7)
    for bad in ("", "1", '{"number":1}'):
        with pytest.raises(InvalidConfig, match="unset it"):
            place_from({PLACE_VARIABLE: bad})
