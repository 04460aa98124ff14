"""The first minute with an account: login, doctor and tail within RingCentral's limits."""

import os
import time
from pathlib import Path

import pytest

from rc_tail.simulator.instance import Simulator
from rc_tail.simulator.service.options import Options

pytestmark = pytest.mark.slow

LOGIN = "/restapi/oauth/token"
WSTOKEN = "/restapi/oauth/wstoken"


@pytest.mark.parametrize("simulator", [{"enforce_limits": True}], indirect=True)
@pytest.mark.parametrize("from_profile", [True, False], ids=["from a profile", "from variables"])
def test_one_login_serves_doctor_and_tail_without_a_wait(simulator, tail, tmp_path, from_profile):
    home = tmp_path / "home"
    home.mkdir()
    tail("login", "--server", simulator.url, home=home).ends_with(0)
    # A profile, or the variables that it was made of.
    environ = dict.fromkeys(simulator.variables, "") if from_profile else {}
    examined = [tail("doctor", "sms", home=home, environ=environ) for _ in range(3)]
    for done in examined:
        done.ends_with(0)
        assert "a new login" not in "".join(done.lines())
    running = tail("sms", "--count", "1", home=home, environ=environ).wait_ready()
    assert simulator.send("sms") == 1
    running.ends_with(0)
    asked = [request.path for request in simulator.requests]
    assert (asked.count(LOGIN), asked.count(WSTOKEN)) == (1, 4)
    assert 429 not in {request.status for request in simulator.requests}
    for each in (*examined, running):
        assert "limit" not in each.told
        assert "wait" not in each.told


def files(home: Path) -> list[str]:
    return sorted(path.name for path in home.rglob("*") if path.is_file())


def test_simulators_of_the_past_leave_no_files(tail, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    seen = []
    for _ in range(3):
        with Simulator(Options(access_token_ttl=1.0, rate=20.0)) as simulator:
            for words in (("sms", "--count", "1"), ("sms", "--since", "1h", "--no-follow")):
                tail(*words, home=home, environ=simulator.variables).ends_with(0)
        # The token has expired by then.
        for path in home.rglob("budget-*.json"):
            os.utime(path, (1, 1))
        time.sleep(1.1)
        seen.append(len(files(home)))
    assert seen[0] > 0
    assert len(set(seen)) == 1, files(home)
