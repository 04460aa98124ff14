"""A captive portal or a proxy that answers instead of RingCentral, as its users meet it."""

import pytest

from tests.rest.platform import ME, TOKEN, WSTOKEN, LoopbackPlatform, Reply, serve

pytestmark = pytest.mark.slow

PAGE = b"<!doctype html><title>Hotel Wi-Fi: please log in</title>"
HTML = {"Content-Type": "text/html"}
SAID = "something between this machine and 127.0.0.1"
ANSWERS = [
    Reply(200, PAGE, HTML),
    Reply(401, PAGE, HTML),
    Reply(403, PAGE, HTML),
    Reply(407, PAGE, HTML),
    Reply(511, PAGE, HTML),
    Reply(302, None, {"Location": "http://login.hotel/?back=https://x/?access_token=SECRET"}),
]


def environ(platform: LoopbackPlatform) -> dict[str, str]:
    return {"RC_SERVER_URL": platform.url}


@pytest.mark.parametrize("reply", ANSWERS, ids=lambda reply: str(reply.status))
@pytest.mark.parametrize("path", [TOKEN, WSTOKEN, "/ws"])
def test_the_tail_says_what_answered(tail, path, reply):
    with serve() as platform:
        platform.answer(path, *[reply] * 3)
        running = tail("sms", "--retry-for", "1s", environ=environ(platform))
        running.ends_with(69)
    assert SAID in running.told
    assert "login.hotel" in running.told or "Hotel Wi-Fi: please log in" in running.told
    assert "SECRET" not in running.told
    for wrong in ("JWT", "expired", "console", "Traceback"):
        assert wrong not in running.told


@pytest.mark.parametrize("path", [TOKEN, WSTOKEN, ME, "/ws", "/restapi/v1.0/status"])
@pytest.mark.parametrize("status", [200, 403])
def test_doctor_names_the_step_and_what_answered(tail, path, status):
    with serve() as platform:
        platform.answer(path, Reply(status, PAGE, HTML))
        running = tail("doctor", "sms", environ=environ(platform))
        running.ends_with(69)
        printed = "\n".join(running.lines()) + running.told
    assert SAID in printed
    assert "Hotel Wi-Fi: please log in" in printed


@pytest.mark.parametrize("path", [TOKEN, ME])
def test_login_stores_nothing(tail, path):
    with serve() as platform:
        platform.answer(path, Reply(403, PAGE, HTML))
        running = tail("login", environ=environ(platform))
        running.ends_with(69)
    assert SAID in running.told
    assert not list(running.home.rglob("profiles/*"))
