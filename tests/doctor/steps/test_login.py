from pathlib import Path

import jwt
import pytest

from rc_tail.config.credentials import Credentials, Profile, ProfileStore
from rc_tail.config.settings import IdentityOptions
from rc_tail.doctor.findings import Outcome
from rc_tail.doctor.steps import login as login_steps
from tests.doctor.conftest import variables
from tests.rest.platform import ADA, ME, TOKEN, WSTOKEN, Reply

DEAD = "http://127.0.0.1:1"


def made_jwt(**claims) -> str:
    return jwt.encode(claims, "k" * 32, algorithm="HS256")


# Settings.


@pytest.mark.parametrize(
    ("environ", "options", "status", "words"),
    [
        ({}, IdentityOptions(), 77, "not logged in"),
        ({}, IdentityOptions(profile="work"), 77, "no profile 'work'"),
        (
            {**variables(DEAD), "RC_SERVER_URL": "http://rc.example"},
            IdentityOptions(),
            78,
            "plain http",
        ),
        ({}, IdentityOptions(env_file=Path("no-such-file")), 78, "no-such-file"),
        (
            variables(DEAD),
            IdentityOptions(ca_bundle=Path("no-such-file")),
            2,
            "--ca-bundle: no-such-file",
        ),
    ],
)
def test_settings_that_cannot_be_used(doctor, environ, options, status, words):
    done = doctor("sms", environ=environ, options=options)
    done.fails_at("settings", status, words)
    assert done["settings"].hint


def test_a_damaged_profile(doctor):
    folder = doctor.folders.config / "profiles"
    folder.mkdir(parents=True)
    (folder / "default.json").write_text("junk")
    doctor("sms", environ={}).fails_at("settings", 78, "damaged")


def test_settings_say_where_each_came_from(doctor):
    store = ProfileStore(doctor.folders.config, lambda words: None)
    store.save("default", Profile(DEAD, Credentials("id", None, "profile-jwt-text")))
    done = doctor("sms", environ=variables(DEAD))
    finding = done["settings"]
    assert finding.outcome is Outcome.OK
    assert finding.fields["settings"]["server"]["from"].startswith("RC_SERVER_URL")
    assert finding.fields["not_used"] == [
        "profile 'default': the environment (RC_*) takes precedence"
    ]
    assert "ignored: profile 'default'" in finding.details[-1]
    assert doctor("sms", environ={})["settings"].words == f"profile default, at {DEAD}"


def test_half_of_the_variables_is_reported(doctor):
    store = ProfileStore(doctor.folders.config, lambda words: None)
    store.save("default", Profile(DEAD, Credentials("id", None, "profile-jwt-text")))
    finding = doctor("sms", environ={"RC_USER_JWT": "alone"})["settings"]
    assert finding.outcome is Outcome.WARNING
    assert "RC_APP_CLIENT_ID is not" in finding.words


# The JWT.


@pytest.mark.parametrize(
    ("text", "outcome", "words"),
    [
        (made_jwt(exp=4102444800), "ok", "expires 2100-01-01 00:00 UTC"),
        (made_jwt(), "ok", "no expiry"),
        (made_jwt(exp=1000000000), "warning", "expired on 2001-09-09"),
        (made_jwt(aud="https://other.example/x"), "warning", "for other.example"),
        (made_jwt(exp=10**30), "ok", "no expiry"),
        ("junk", "warning", "does not look like a JWT"),
    ],
)
def test_claims(doctor, text, outcome, words):
    done = doctor("sms", environ={**variables(DEAD), "RC_USER_JWT": text})
    assert done.outcome("jwt") == outcome
    assert words in done["jwt"].words
    # They are hints: the road goes on, and only the service decides.
    assert "dns" in done.steps


# The token.


def test_one_that_is_there_is_used(doctor, simulator):
    assert doctor("sms", environ=simulator.variables)["token"].fields["new"]
    again = doctor("sms", environ=simulator.variables)["token"]
    assert not again.fields["new"]
    assert 3500 < again.fields["seconds_left"] <= 3600


@pytest.mark.parametrize(
    ("fault", "values", "status", "words"),
    [
        ("unauthorized", {}, 77, "refused the login"),
        ("forbidden", {}, 77, "refused the login"),
        ("unavailable", {}, 75, "temporarily unavailable"),
        ("rate-limited", {"retry_after": "none"}, 75, "asked us to slow down"),
        ("rate-limited", {"retry_after": 3600}, 75, "asked us to slow down"),
    ],
)
def test_a_login_that_is_refused(doctor, simulator, fault, values, status, words):
    simulator.fault(fault, on="token", **values)
    done = doctor("sms", environ=simulator.variables)
    done.fails_at("token", status, words)
    assert done.waits == []
    assert [request.path for request in simulator.requests].count(TOKEN) == 1


def test_a_wrong_secret(doctor, simulator):
    environ = {**simulator.variables, "RC_APP_CLIENT_SECRET": "wrong-secret"}
    done = doctor("sms", environ=environ)
    done.fails_at("token", 77, "OAU-146")
    assert "client secret" in done["token"].hint


# Who it is.


def test_a_dead_token_is_replaced(doctor, platform):
    environ = variables(platform.url)
    doctor("sms", environ=environ)
    platform.dead.add("access-token-l1")
    done = doctor("sms", environ=environ)
    assert done.outcome("identity") == "ok"
    assert platform.logins == 2


def test_an_app_that_may_not_read_names(doctor, platform):
    platform.answer(ME, Reply(403, {"errorCode": "CMN-401", "message": "no"}))
    done = doctor("sms", environ=variables(platform.url))
    assert done.outcome("identity") == "warning"
    assert "ReadAccounts" in done["identity"].hint
    assert "wstoken" in done.steps


@pytest.mark.parametrize(
    ("reply", "status"),
    [(Reply(503), 75), (Reply(200, {**ADA, "id": None}), 76), (Reply(302), 76)],
)
def test_who_it_is_cannot_be_asked(doctor, platform, reply, status):
    platform.answer(ME, reply)
    doctor("sms", environ=variables(platform.url)).fails_at("identity", status, "")


def test_a_limit_is_waited_for_there_too(doctor, platform):
    platform.answer(ME, Reply(429, None, {"Retry-After": "3"}))
    done = doctor("sms", environ=variables(platform.url))
    assert done.waits == [3.5]
    assert done.outcome("identity") == "ok"


def test_who_it_is_is_remembered(doctor, simulator):
    done = doctor("sms", environ=simulator.variables)
    assert done["identity"].fields["name"] == "Ada Example"
    (path,) = (doctor.folders.cache / "tokens").glob("*.json")
    assert "Ada Example" in path.read_text()


# Permissions.


@pytest.mark.parametrize(
    ("scope", "events", "outcome", "details"),
    [
        ("ReadMessages WebSocketsSubscription", ["sms"], "ok", []),
        ("ReadMessages WebSocket", ["sms", "calls"], "warning", ["calls needs CallControl"]),
        ("ReadMessages", ["sms"], "warning", ["every event needs WebSocketsSubscription"]),
        ("", ["sms"], "skipped", []),
    ],
)
def test_permissions_are_compared(doctor, platform, scope, events, outcome, details):
    platform.scope = scope
    done = doctor(*events, environ=variables(platform.url))
    assert done.outcome("permissions") == outcome
    assert list(done["permissions"].details) == details
    assert done["permissions"].fields["scope"] == scope.split()
    # RingCentral decides, not this list.
    assert "wstoken" in done.steps


@pytest.mark.parametrize(
    "simulator", [{"scope": ("ReadAccounts", "WebSocketsSubscription")}], indirect=True
)
def test_events_are_those_that_permissions_open(doctor, simulator):
    done = doctor(environ=simulator.variables)
    assert done.status == 0
    filters = done["permissions"].fields["filters"]
    assert "/restapi/v1.0/account/~/presence" in filters
    assert not any("message-store" in event_filter for event_filter in filters)


@pytest.mark.parametrize("simulator", [{"scope": ("WebSocketsSubscription",)}], indirect=True)
def test_permissions_that_open_no_event(doctor, simulator):
    done = doctor(environ=simulator.variables)
    done.fails_at("permissions", 77, "none of them allows an event")


# Limits.


def limited(limit: int) -> dict[str, str]:
    return {"X-Rate-Limit-Limit": str(limit), "X-Rate-Limit-Window": "60"}


@pytest.mark.parametrize("simulator", [{"enforce_limits": True}], indirect=True)
def test_limits_are_reported(doctor, simulator):
    done = doctor("sms", environ=simulator.variables)
    fields = done["limits"].fields
    assert (fields["limit"], fields["used"], fields["wait"]) == (5, 2, 0)


def test_a_spent_limit_is_waited_for_and_not_tried(doctor, platform):
    token = {"access_token": "access-token-x", "expires_in": 3600, "scope": "ReadMessages"}
    platform.answer(TOKEN, Reply(200, token, limited(1)))
    done = doctor("sms", environ=variables(platform.url))
    # The wait is the test's own, so that the budget is still spent after it: no call was made.
    (wait,) = done.waits
    assert 0 < wait <= 60.5
    assert "waiting" in done.told
    done.fails_at("wstoken", 75, "RingCentral allows 1 logins and connections per minute")
    assert platform.count(WSTOKEN) == 0


def stepped(doctor, platform, *headers: dict[str, str]):
    examination, _, _ = doctor.examination("sms", environ=variables(platform.url))
    with examination.resources:
        login_steps.check_settings(examination)
        for told in headers:
            examination.platform.budget.spend()
            examination.platform.budget.learn(200, {n.lower(): v for n, v in told.items()})
        return login_steps.check_limits(examination)


def test_limits_that_are_not_announced(doctor, platform):
    assert stepped(doctor, platform, {}).outcome is Outcome.SKIPPED


def test_limits_that_are_reached(doctor, platform):
    finding = stepped(doctor, platform, limited(2), limited(2))
    assert finding.outcome is Outcome.WARNING
    assert 0 < finding.fields["wait"] <= 60
