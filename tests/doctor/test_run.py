import pytest

from rc_tail.config.settings import IdentityOptions
from rc_tail.doctor.examination import Examination
from rc_tail.doctor.run import STEPS, run_doctor
from rc_tail.errors import LocalProtocolError
from tests.doctor.conftest import Doctor, variables
from tests.rest.platform import TOKEN, WSTOKEN


def test_all_is_well(doctor, simulator):
    done = doctor("sms", "calls", environ=simulator.variables)
    assert done.status == 0
    assert done.steps == [name for name, _ in STEPS]
    assert {report.finding.outcome.value for report in done.reports} == {"ok"}
    assert all(report.seconds >= 0 for report in done.reports)


def test_it_leaves_nothing_behind(doctor, simulator):
    doctor(environ=simulator.variables)
    assert simulator.subscribers() == []
    assert list((doctor.folders.state / "subscriptions").glob("*")) == []


def test_it_asks_as_little_as_it_can(doctor, simulator):
    for _ in range(2):
        doctor("sms", environ=simulator.variables)
    asked = [request.path for request in simulator.requests]
    # One login for both, and one WebSocket token each.
    assert (asked.count(TOKEN), asked.count(WSTOKEN)) == (1, 2)


def test_it_stops_at_the_first_step_that_fails(doctor, simulator):
    simulator.fault("forbidden", on="wstoken")
    done = doctor("sms", environ=simulator.variables)
    done.fails_at("wstoken", 77, "CMN-401")
    assert "WebSocket Subscriptions" in done["wstoken"].hint


def test_what_was_made_is_removed_when_a_step_fails(doctor, simulator):
    simulator.fault("reset")
    done = doctor("sms", environ=simulator.variables)
    done.fails_at("heartbeat", 69, "connection")
    assert simulator.subscribers() == []
    assert done.told == ""


def test_secrets_are_known_to_the_reporter(doctor, simulator):
    examination, _, _ = doctor.examination("sms", environ=simulator.variables)
    run_doctor(examination, lambda report: None)
    for secret in (
        simulator.variables["RC_USER_JWT"],
        examination.token.value,
        examination.ws_token.token,
    ):
        assert examination.reporter.redactor.mask(secret) == "***"


def test_a_bug_is_none_of_the_findings(doctor: Doctor, monkeypatch: pytest.MonkeyPatch):
    def step(examination: Examination):
        raise LocalProtocolError("ours")

    monkeypatch.setattr("rc_tail.doctor.run.STEPS", [("broken", step)])
    examination, _, _ = doctor.examination(
        "sms", environ=variables("http://127.0.0.1:1"), options=IdentityOptions()
    )
    with pytest.raises(LocalProtocolError):
        run_doctor(examination, lambda report: None)
