"""The first minute with an account: login, doctor and tail within RingCentral's limits."""

import pytest

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
