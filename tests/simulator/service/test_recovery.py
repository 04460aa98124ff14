from typing import cast

import pytest

from rc_tail.simulator.service.gateway_session import GatewaySession, Subscription
from rc_tail.simulator.service.options import Options
from rc_tail.simulator.service.recovery import Recovery
from rc_tail.simulator.service.sessions import OAuthSession


class Login:
    """Stands for a login: only whether it is the same matters here."""


ADA, OTHER = cast(OAuthSession, Login()), cast(OAuthSession, Login())
SUBSCRIPTION = cast(Subscription, object())


def lost(recovery: Recovery, *, is_subscribed: bool = True, at: float = 100) -> GatewaySession:
    """A session of Ada's that lost its connection with the token WSC-1."""
    session, state, code = recovery.session_for(None, ADA, 0)
    assert session is not None
    assert (state, code) == ("", "")
    recovery.renew(session, "WSC-1")
    session.subscription = SUBSCRIPTION if is_subscribed else None
    session.lost_at = at
    return session


@pytest.fixture
def recovery() -> Recovery:
    return Recovery(Options())


def test_the_same_login_in_time_recovers(recovery):
    session = lost(recovery)
    assert recovery.session_for("WSC-1", ADA, 280) == (session, "Successful", "")


def test_every_token_of_a_session_leads_to_it(recovery):
    session = lost(recovery)
    recovery.renew(session, "WSC-2")
    assert (session.wsc, session.sequence, session.lost_at) == ("WSC-2", 0, None)
    for wsc in ("WSC-1", "WSC-2"):
        assert recovery.session_for(wsc, ADA, 1000)[0] is session


@pytest.mark.parametrize(
    ("oauth", "is_subscribed", "now", "code"),
    [
        (OTHER, True, 101, "WSG-1003"),
        (ADA, False, 101, "WSG-1005"),
        (ADA, True, 280.1, "WSG-1005"),
    ],
)
def test_a_session_that_cannot_be_recovered_is_replaced(oauth, is_subscribed, now, code, recovery):
    before = lost(recovery, is_subscribed=is_subscribed)
    session, state, told = recovery.session_for("WSC-1", oauth, now)
    assert (state, told) == ("Failed", code)
    assert session is not None
    assert session is not before
    assert session.oauth is oauth


@pytest.mark.parametrize("wsc", ["", "garbage"])
def test_a_token_that_is_invalid(wsc, recovery):
    assert recovery.session_for(wsc, ADA, 0) == (None, "", "")


def test_what_was_delivered_may_come_again():
    recovery = Recovery(Options(replay_delivered=1))
    session = lost(recovery)
    session.buffer("1", b"", missed=False)
    session.buffer("2", b"", missed=False)
    recovery.session_for("WSC-1", ADA, 101)
    assert session.take_missed() == [("2", b"")]


def test_failures_can_be_forced_in_order(recovery):
    lost(recovery)
    recovery.forced_codes.extend(["WSG-1005", "WSG-400", "WSG-1003"])
    found = [recovery.session_for("WSC-1", ADA, 101) for _ in range(4)]
    assert [code for _, _, code in found] == ["WSG-1005", "", "WSG-1003", ""]
    assert [session is None for session, _, _ in found] == [False, True, False, False]


def test_reach(recovery):
    session = lost(recovery)
    assert recovery.is_reachable(session, 280)
    assert not recovery.is_reachable(session, 280.1)
    session.lost_at = None
    assert recovery.is_reachable(session, 1e9)


def test_old_sessions_are_let_go(recovery):
    session = lost(recovery)
    session.buffer("1", b"", missed=True)
    recovery.remove_expired(200)
    assert session.missed_count == 1
    recovery.remove_expired(300)
    assert (session.missed_count, len(session.recent)) == (0, 0)
    assert recovery.session_for("WSC-1", ADA, 300)[1] == "Failed"
    recovery.remove_expired(100_000)
    assert recovery.session_for("WSC-1", ADA, 100_000) == (None, "", "")
