from pathlib import Path

import pytest

from ticker.config import InvalidConfig, load_config


def test_the_last_source_wins(tmp_path: Path) -> None:
    file = tmp_path / "ticker.toml"
    file.write_text('[server]\nport = 1\nhost = "h"\n[log]\nlog_kinds = ["quotes"]\n')
    variables = {"TICKER_SERVER__PORT": "2", "TICKER_KAFKA__BOOTSTRAP": "b:1", "TICKER_UNRELATED": "x", "OTHER": "y"}
    config, sources = load_config(file, variables, {"server.port": 3, "kafka.prefix": None})
    assert (config.server.port, config.server.host, config.kafka.bootstrap) == (3, "h", "b:1")
    assert config.log.log_kinds == ["quotes"]
    assert sources["server.host"] == str(file)
    assert sources["server.port"] == "the flag for server.port"
    assert "TICKER_KAFKA__BOOTSTRAP" in sources["kafka.bootstrap"]
    assert load_config(None, {"TICKER_LOG__LOG_KINDS": "quotes,games"}, {})[0].log.log_kinds == ["quotes", "games"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[server]\nprot = 1", "unknown setting 'server.prot'.*port"),
        ("[sever]\nport = 1", "unknown section 'sever'.*server"),
        ("[server]\nport = 70000", "65535.*ticker.toml"),
        ('[server]\nport = "x"', "int.*server.port"),
        ("[hub]\nheartbeat_seconds = 0", "> 0"),
        ("server = 1", "must be a section"),
        ("[server", "not TOML"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "ticker.toml"
    file.write_text(text)
    with pytest.raises(InvalidConfig, match=said):
        load_config(file, {}, {})


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfig, match="can't be read"):
        load_config(tmp_path / "none.toml", {}, {})
