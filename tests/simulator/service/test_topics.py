import pytest

from rc_tail.events.catalogue import KINDS
from rc_tail.simulator.service.topics import (
    REMINDER,
    ParsedPath,
    find_route,
    is_legacy,
    parse_path,
    topic_of,
)

X = "/restapi/v1.0/account/~/extension/~"


@pytest.mark.parametrize(
    ("path", "address"),
    [
        (f"{X}/voicemail", ParsedPath(f"{X}/voicemail", "~", "~")),
        (
            "/restapi/v1.0/account/400000001/extension/400000102",
            ParsedPath("/restapi/v1.0/account/~/extension/~", "400000001", "400000102"),
        ),
        (
            "/restapi/v2/accounts/1/extensions/2/sms/batches",
            ParsedPath("/restapi/v2/accounts/~/extensions/~/sms/batches", "1", "2"),
        ),
        ("/team-messaging/v1/posts", ParsedPath("/team-messaging/v1/posts", "", "")),
    ],
)
def test_account_and_user_are_taken_out_of_a_path(path, address):
    assert parse_path(path) == address


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_has_a_route(kind):
    found = find_route(kind.path.replace("{id}", "400000900"))
    assert found is not None
    route, id_ = found
    assert (route.topic, id_) == (topic_of(kind), "400000900" if "{id}" in kind.path else "")
    assert route.kind_for(kind.fixed) is kind


def test_a_mandatory_part_of_the_query_must_be_there():
    found = find_route(f"{X}/message-store/instant")
    assert found is not None
    assert found[0].kind_for(()) is None


def test_the_kind_that_fits_best_is_chosen():
    found = find_route(f"{X}/presence")
    assert found is not None
    kind = found[0].kind_for((("sipData", "true"), ("detailedTelephonyState", "true")))
    assert kind is not None
    assert kind.name == "presence-sip"


def test_other_paths():
    assert find_route("/restapi/v1.0/nowhere") is None
    assert is_legacy(f"{X}/missed-calls")
    assert is_legacy(f"{X}/telephony")
    assert is_legacy(REMINDER)
    assert not is_legacy("/restapi/v1.0/nowhere")
