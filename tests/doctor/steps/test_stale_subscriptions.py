import json

import pytest

from rc_tail.config.credentials import ProfileStore
from rc_tail.config.settings import IdentityOptions, load_settings
from rc_tail.doctor.run import STEPS, run_doctor
from rc_tail.simulator.instance import Simulator
from rc_tail.state.subscription_journal import SubscriptionJournal
from rc_tail.system.clocks import clock, wall_of
from tests.doctor.conftest import Doctor


class Killed:
    """Subscriptions of rc-tails that were killed: open at the service, and written down."""

    def __init__(self, doctor: Doctor, simulator: Simulator) -> None:
        self.doctor, self.simulator = doctor, simulator

    def __call__(self) -> str:
        examination, _, _ = self.doctor.examination("sms", environ=self.simulator.variables)
        for name, step in STEPS:
            step(examination)
            if name == "subscription":
                break
        id_ = examination.subscription_id
        # As a kill leaves it: cut off, and its book closed by the system.
        examination.probe._connection.abort()
        examination.journal._close()
        examination.resources.pop_all()
        examination.platform.close()
        return id_

    def listed(self) -> set[str]:
        return {subscriber.id for subscriber in self.simulator.subscribers()}


@pytest.fixture
def killed(doctor, simulator) -> Killed:
    return Killed(doctor, simulator)


def book_of(doctor, simulator) -> SubscriptionJournal:
    settings = load_settings(
        IdentityOptions(), simulator.variables, ProfileStore(doctor.folders.config, print)
    )
    return SubscriptionJournal(
        doctor.folders.state, settings.server, settings.identity_key, lambda words: None
    )


def test_there_are_none(doctor, simulator):
    finding = doctor("sms", environ=simulator.variables)["leftovers"]
    assert finding.outcome == "ok"
    assert finding.fields == {"stale": [], "others": [], "removed": 0}


def test_those_of_processes_that_are_gone_are_reported(doctor, simulator, killed):
    id_ = killed()
    done = doctor("sms", environ=simulator.variables)
    finding = done["leftovers"]
    assert (finding.outcome, done.status) == ("warning", 0)
    assert finding.fields == {"stale": [id_], "others": [], "removed": 0}
    assert id_ in finding.details[0]
    assert "rc-tail doctor" in finding.hint
    assert id_ in killed.listed()


@pytest.mark.parametrize(("agrees", "removed"), [(True, 2), (False, 0)])
def test_the_user_is_asked_whether_to_remove_them(doctor, simulator, killed, agrees, removed):
    ids = {killed(), killed()}
    questions: list[str] = []

    def confirm(question: str) -> bool:
        questions.append(question)
        return bool(agrees)

    finding = doctor("sms", environ=simulator.variables, confirm=confirm)["leftovers"]
    assert questions == ["Remove 2 stale subscriptions of rc-tail processes that have exited?"]
    assert finding.fields["removed"] == removed
    assert killed.listed() == (set() if agrees else ids)
    assert finding.outcome == ("ok" if agrees else "warning")
    left = book_of(doctor, simulator).stale(wall_of(clock()))
    assert {subscription.id for subscription in left} == (set() if agrees else ids)


def test_what_the_service_does_not_have_any_more_is_forgotten(doctor, simulator):
    with book_of(doctor, simulator).opened() as book:
        book.add("gone-for-long", wall_of(clock()))
    finding = doctor("sms", environ=simulator.variables, confirm=lambda question: True)["leftovers"]
    assert finding.fields == {"stale": [], "others": [], "removed": 0}
    assert book_of(doctor, simulator).stale(wall_of(clock())) == []


def test_others_are_listed_only(doctor, simulator, killed, tmp_path):
    id_ = killed()
    for path in (doctor.folders.state / "subscriptions").iterdir():
        path.unlink()
    asked: list[str] = []

    def confirm(question: str) -> bool:
        asked.append(question)
        return True

    done = doctor("sms", environ=simulator.variables, confirm=confirm)
    finding = done["leftovers"]
    assert finding.fields["others"] == [id_]
    assert "is in use, or belongs to another program" in finding.details[0]
    assert (finding.outcome, asked) == ("ok", [])
    assert id_ in killed.listed()


def test_a_kept_session_is_not_left_over(doctor, simulator, killed, monkeypatch):
    id_ = killed()
    monkeypatch.setattr(
        "rc_tail.doctor.steps.stale_subscriptions.recoverable_subscriptions",
        lambda *_: frozenset({id_}),
    )
    finding = doctor("sms", environ=simulator.variables)["leftovers"]
    assert finding.fields == {"stale": [], "others": [id_], "removed": 0}
    assert finding.details == (f"{id_} is kept for --resume",)


@pytest.mark.parametrize("simulator", [{"subscription_limit": 1}], indirect=True)
def test_too_many_subscriptions(doctor, simulator, killed):
    id_ = killed()
    done = doctor("sms", environ=simulator.variables)
    done.fails_at("subscription", 75, "SUB-505")
    done = doctor("sms", environ=simulator.variables, confirm=lambda question: False)
    done.fails_at("subscription", 75, "SUB-505")
    assert id_ in killed.listed()
    done = doctor("sms", environ=simulator.variables, confirm=lambda question: True)
    assert done.status == 0
    assert "retrying once" in done.told
    assert killed.listed() == set()


def test_one_that_cannot_be_removed_is_reported(doctor, simulator, killed):
    id_ = killed()

    def confirm(question: str) -> bool:
        simulator.fault("unavailable", on="subscription")
        return True

    done = doctor("sms", environ=simulator.variables, confirm=confirm)
    finding = done["leftovers"]
    assert finding.fields["removed"] == 0
    assert finding.fields["stale"] == [id_]
    assert f"{id_} could not be removed: RingCentral is temporarily unavailable" in done.told


def test_a_list_that_cannot_be_had_fails_nothing(doctor, simulator):
    examination, _, _ = doctor.examination("sms", environ=simulator.variables)
    reports = []

    def report(report) -> None:
        reports.append(report)
        if report.step == "limits":
            simulator.fault("unavailable", on="subscription")

    assert run_doctor(examination, report) == 0
    finding = reports[-1].finding
    assert finding.outcome == "warning"
    assert "cannot be listed" in finding.words
    assert json.dumps(dict(finding.fields)) == '{"stale": []}'
