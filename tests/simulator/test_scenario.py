from dataclasses import asdict

import pytest

from rc_tail.cli.simulator_options import SIMULATOR_OPTIONS
from rc_tail.errors import UsageError
from rc_tail.simulator import Options, Simulator
from rc_tail.simulator.scenario import Scenario, read_scenario
from rc_tail.simulator.service.options import SESSION_OPTIONS
from tests.simulator.client import Caller, Client

FILE = """\
# a short session
--idle-timeout 60s
--recovery-timeout=1m30s
--recovery-buffer 7     # messages
--wstoken-ttl 30s
--wsc-everywhere
--refresh-tokens
--wstoken-single-use
10s reset
"""


def test_a_file_has_faults_and_every_option_of_a_session(tmp_path):
    path = tmp_path / "scenario"
    path.write_text(FILE)
    scenario = read_scenario(path)
    assert [plan.kind.name for plan in scenario.faults] == ["reset"]
    assert scenario.options == {
        "idle_timeout": 60,
        "recovery_timeout": 90,
        "recovery_buffer": 7,
        "wstoken_ttl": 30,
        "wsc_everywhere": True,
        "refresh_tokens": True,
        "wstoken_single_use": True,
    }
    assert set(scenario.options) == set(SESSION_OPTIONS)
    # What was given otherwise is not replaced.
    given = scenario.applied_to(Options(idle_timeout=5, port=1))
    assert asdict(given) == {**asdict(Options(port=1)), **scenario.options, "idle_timeout": 5}
    assert Scenario().applied_to(given) == given


def test_the_command_line_has_the_same_options():
    named = {option.name: option for option in SIMULATOR_OPTIONS}
    for name in SESSION_OPTIONS:
        assert named[name].commands == ("simulator run",)
        assert named[name].is_flag == (getattr(Options(), name) is False)


def test_a_session_is_shaped_by_the_file(tmp_path):
    path = tmp_path / "scenario"
    path.write_text(FILE)
    with Simulator(Options(recovery_buffer=3), scenario=path) as simulator:
        caller = Caller(simulator.variables)
        assert "refresh_token" in caller.token()[1]
        with Client(caller, caller.log_in()) as client:
            body = client.message()[1]
    announced = ("idleTimeout", "recoveryTimeout", "recoveryBufferSize")
    assert [body[name] for name in announced] == [60, 90, 3]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("10s", ":1: a time or a fault is missing"),
        ("10s reset\nsoon reset", ":2: after: 'soon'"),
        ("10s resett", ":1: unknown fault"),
        ("10s close code", "not NAME=VALUE"),
        ("10s reset count=x", "count must be"),
        ("--seed 4", ":1: unknown option --seed"),
        ("--idle-timeout", ":1: --idle-timeout takes one value"),
        ("--idle-timeout soon", "--idle-timeout: invalid duration"),
        ("--wsc-everywhere yes", "--wsc-everywhere takes no value"),
        ("--recovery-buffer many", "--recovery-buffer: 'many' is not a whole number"),
    ],
)
def test_scenarios_that_cannot_be(text, words, tmp_path):
    path = tmp_path / "scenario"
    path.write_text(text)
    with pytest.raises(UsageError, match=words):
        read_scenario(path)


@pytest.mark.parametrize("data", [None, b"\xff\xff"])
def test_files_that_are_no_scenario(data, tmp_path):
    path = tmp_path / "scenario"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(UsageError, match="cannot be read"):
        read_scenario(path)
