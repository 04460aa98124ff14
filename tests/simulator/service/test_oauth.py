import pytest

from rc_tail.simulator.service.company import BOB
from tests.simulator.harness import JWT_GRANT, NOW, Harness, basic, code_of, jwt

TOKEN = "/restapi/oauth/token"
REVOKE = "/restapi/oauth/revoke"
WSTOKEN = "/restapi/oauth/wstoken"
APP = "simulator-client-id"


def test_a_jwt_is_exchanged_for_an_access_token():
    told = Harness().token(endpoint_id="mine", unknown="ignored").body
    assert told["token_type"] == "bearer"
    assert told["expires_in"] == 3600
    assert told["owner_id"] == "400000101"
    assert told["endpoint_id"] == "mine"
    assert "WebSocketsSubscription" in told["scope"].split(" ")
    assert told["session_id"]
    # The default for apps with JWTs.
    assert "refresh_token" not in told


def test_a_jwt_stands_for_its_subject():
    assert Harness().token(jwt(sub=BOB.id)).body["owner_id"] == BOB.id


@pytest.mark.parametrize(
    ("asked", "granted"), [("60", 600), ("1200", 1200), ("9999", 3600), ("x", 3600)]
)
def test_a_ttl_is_clamped_and_not_refused(asked, granted):
    assert Harness().token(access_token_ttl=asked).body["expires_in"] == granted


def test_a_ttl_can_be_set_for_tests():
    assert Harness(access_token_ttl=5).token(access_token_ttl="900").body["expires_in"] == 5


@pytest.mark.parametrize(
    ("authorization", "fields"),
    [
        (None, {}),
        (None, {"client_id": APP}),
        ("", {"client_id": APP}),
        (basic(APP, "simulator-client-secret").replace("Basic", "basic"), {}),
    ],
)
def test_every_way_to_authenticate_a_client(authorization, fields):
    harness = Harness()
    answer = harness.form(TOKEN, authorization, grant_type=JWT_GRANT, assertion="x", **fields)
    assert answer.status == 200


@pytest.mark.parametrize(
    ("authorization", "fields", "status", "code"),
    [
        ("", {}, 401, "OAU-123"),
        ("Bearer x", {}, 401, "OAU-123"),
        ("Basic !!", {}, 401, "OAU-123"),
        ("Basic /w==", {}, 401, "OAU-123"),
        (basic(APP, "wrong"), {}, 401, "OAU-146"),
        (basic("other", "x"), {}, 400, "OAU-153"),
        ("", {"client_id": "other"}, 400, "OAU-153"),
    ],
)
@pytest.mark.parametrize("path", [TOKEN, REVOKE])
def test_clients_that_are_not_authenticated(path, authorization, fields, status, code):
    fields = {"grant_type": JWT_GRANT, "assertion": "x", "token": "x", **fields}
    answer = Harness().form(path, authorization, **fields)
    assert (answer.status, code_of(answer)) == (status, code)
    assert answer.body["error"] == "invalid_client"


@pytest.mark.parametrize(
    ("grant", "error", "code"),
    [
        ("password", "unauthorized_client", "OAU-251"),
        ("authorization_code", "unauthorized_client", "OAU-251"),
        ("made_up", "invalid_request", "OAU-250"),
        ("", "invalid_request", "OAU-250"),
    ],
)
def test_other_grants_are_refused(grant, error, code):
    answer = Harness().form(TOKEN, grant_type=grant)
    assert (answer.status, answer.body["error"], code_of(answer)) == (400, error, code)


@pytest.mark.parametrize("assertion", ["", "revoked", jwt(exp=NOW - 1)])
def test_a_bad_jwt_is_refused(assertion):
    answer = Harness().token(assertion)
    assert (answer.status, answer.body["error"]) == (400, "invalid_grant")


def test_refresh_tokens_where_the_app_issues_them():
    harness = Harness(refresh_tokens=True)
    told = harness.token(refresh_token_ttl="99999999").body
    assert told["refresh_token_expires_in"] == 604800
    harness.now += 100
    again = harness.form(TOKEN, grant_type="refresh_token", refresh_token=told["refresh_token"])
    assert again.body["session_id"] == told["session_id"]
    assert again.body["access_token"] != told["access_token"]
    assert harness.get("/restapi/v1.0/account/~/extension/~", told["access_token"]).status == 401


def test_a_refresh_ttl_of_zero_asks_for_none():
    assert "refresh_token" not in Harness(refresh_tokens=True).token(refresh_token_ttl="-1").body


def test_a_dead_refresh_token():
    answer = Harness(refresh_tokens=True).form(TOKEN, grant_type="refresh_token", refresh_token="x")
    assert (answer.status, answer.body["error"], code_of(answer)) == (
        400,
        "invalid_grant",
        "OAU-210",
    )


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_revoking_either_token_ends_the_session(which):
    harness = Harness(refresh_tokens=True)
    told = harness.token().body
    answer = harness.form(REVOKE, token=told[which])
    assert (answer.status, answer.body) == (200, None)
    dead = harness.get("/restapi/v1.0/account/~/extension/~", told["access_token"])
    assert code_of(dead) == "OAU-213"


def test_the_query_can_name_the_token_to_revoke_and_an_unknown_one_is_no_error():
    harness = Harness()
    token = harness.log_in()
    assert harness.form(f"{REVOKE}?token={token}").status == 200
    assert harness.form(REVOKE, token="unknown").status == 200


def test_revoking_nothing_is_refused():
    assert code_of(Harness().form(REVOKE)) == "CMN-101"


def test_another_apps_token_cannot_be_revoked():
    harness = Harness()
    token = harness.log_in()
    session = harness.service.sessions.by_access_or_refresh(token)
    assert session is not None
    session.client_id = "other"
    assert code_of(harness.form(REVOKE, token=token)) == "OAU-164"


def test_a_websocket_token_leads_to_this_server():
    harness = Harness(wstoken_ttl=30)
    answer = harness.get(WSTOKEN, harness.log_in(), "POST")
    assert answer.body["uri"] == "ws://127.0.0.1:8080/ws"
    assert answer.body["expires_in"] == 30
    assert answer.headers["X-Rate-Limit-Group"] == "auth"


def test_a_missing_websocket_permission_shows_at_the_token():
    harness = Harness(scope=("ReadMessages",))
    answer = harness.get(WSTOKEN, harness.log_in(), "POST")
    assert (answer.status, code_of(answer)) == (403, "CMN-401")
    assert answer.body["permissionName"] == "WebSocketsSubscription"


def test_or_at_the_subscription():
    harness = Harness(scope=("ReadMessages",), websocket_refusal="subscribe")
    harness.connect()
    meta, body = harness.subscribe("/restapi/v1.0/account/~/extension/~/message-store")
    assert (meta["status"], body["errorCode"]) == (403, "SUB-528")


def test_a_websocket_token_works_until_it_ends():
    harness = Harness(wstoken_ttl=30)
    token = harness.ws_token(harness.log_in())
    for number, seconds in ((1, 0), (2, 29)):
        harness.now = NOW + seconds
        harness.open(number, token)
        assert harness.sent(number)[0][0]["type"] == "ConnectionDetails"
    harness.now = NOW + 30
    harness.open(3, token)
    assert harness.closed(3) == 4400


def test_or_once_where_the_guide_is_taken_at_its_word():
    harness = Harness(wstoken_single_use=True)
    token = harness.ws_token(harness.log_in())
    harness.open(1, token)
    harness.open(2, token)
    assert harness.sent(1)
    assert harness.closed(2) == 4400


def test_logins_are_limited_with_a_penalty():
    harness = Harness(enforce_limits=True)
    assert [harness.token().status for _ in range(6)] == [200] * 5 + [429]
    assert harness.form(REVOKE, token="x").status == 200
    harness.now += 61
    assert harness.token().status == 200


def test_every_auth_call_is_limited():
    harness = Harness(enforce_limits=True, rates={"auth": 1})
    token = harness.log_in()
    assert harness.get(WSTOKEN, token, "POST").status == 429
    assert harness.form(REVOKE, token="x").status == 200
    assert harness.form(REVOKE, token="x").status == 429
