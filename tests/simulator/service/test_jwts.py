import pytest

from rc_tail.simulator.service.company import ADA, BOB
from rc_tail.simulator.service.jwts import person_of, reason_to_refuse
from rc_tail.simulator.service.options import Options
from tests.simulator.harness import NOW, jwt

HOST = "127.0.0.1:8080"


@pytest.mark.parametrize(
    "text",
    [
        "any-text",
        "a.b.c",
        "a.\xff.c",
        jwt(),
        jwt(exp=NOW + 1),
        jwt(exp="soon"),
        jwt(aud=f"http://{HOST}/restapi/oauth/token"),
        jwt(aud=["several"]),
        jwt(aud="no-address"),
        jwt(sub="102"),
        Options().jwt,
    ],
)
def test_any_text_is_accepted(text):
    assert reason_to_refuse(text, HOST, NOW) == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "missing"),
        ("  ", "missing"),
        ("revoked", "revoked"),
        (jwt(exp=NOW), "expired"),
        (jwt(aud="https://platform.ringcentral.com/restapi/oauth/token"), "another environment"),
        (jwt(sub="999"), "not found"),
    ],
)
def test_what_a_person_could_get_wrong_is_refused(text, reason):
    assert reason in reason_to_refuse(text, HOST, NOW)


@pytest.mark.parametrize(
    ("text", "person"),
    [("any", ADA), (jwt(), ADA), (jwt(sub="400000102"), BOB), (jwt(sub="102"), BOB)],
)
def test_the_subject_logs_in(text, person):
    assert person_of(text) is person


def test_a_payload_that_is_not_an_object_has_no_claims():
    assert person_of("eyJh.WzFd.x") is ADA
