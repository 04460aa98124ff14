import pytest
from msgspec.structs import replace

from rc_tail.events.kinds import EventKind, EventLine, Level, Parameter, ValueForm, with_query

KIND = EventKind(
    name="things",
    family="account",
    path="/restapi/v1.0/account/~/extension/~/things/{id}",
    level=Level.EXTENSION,
    summary="a thing changed",
    describe=lambda _: EventLine(what="changed"),
    sample={},
    fixed=(("a", "1"), ("b", "2")),
    parameters=(Parameter("c", ("3", "4")), Parameter("from", form=ValueForm.PHONE)),
    id_name="thing id",
    id_example="700",
)


def test_the_filter_has_the_mandatory_query_in_its_order():
    assert KIND.filter == "/restapi/v1.0/account/~/extension/~/things/{id}?a=1&b=2"


def test_the_event_names_account_and_extension():
    assert KIND.event == (
        "/restapi/v1.0/account/{account}/extension/{extension}/things/{id}?a=1&b=2"
    )
    assert KIND.event_of("1", "2") == "/restapi/v1.0/account/1/extension/2/things/700?a=1&b=2"
    assert KIND.event_of("1", "2", "9").endswith("/things/9?a=1&b=2")


@pytest.mark.parametrize(
    ("path", "event"),
    [
        ("/restapi/v2/accounts/~/extensions/~/x", "/restapi/v2/accounts/1/extensions/2/x"),
        ("/ai/v1/accounts/~/domains/pbx", "/ai/v1/accounts/1/domains/pbx"),
        ("/restapi/v1.0/account/~/extension", "/restapi/v1.0/account/1/extension"),
        ("/team-messaging/v1/posts", "/team-messaging/v1/posts"),
    ],
)
def test_the_event_of_every_sort_of_path(path, event):
    assert replace(KIND, path=path, fixed=()).event_of("1", "2") == event


def test_events_may_arrive_under_another_path():
    kind = replace(KIND, arrives_at="/account/~/extension/~/x", fixed=())
    assert (kind.filter, kind.event_of("1", "2")) == (KIND.path, "/account/1/extension/2/x")


def test_a_fixed_parameter_has_one_value():
    assert KIND.parameter("a") == Parameter("a", ("1",))
    assert KIND.parameter("c") == KIND.parameters[0]
    assert KIND.parameter("d") is None


def test_a_query_keeps_the_plus_of_numbers():
    assert with_query("/x", (("from", "+1650"), ("to", "+1"))) == "/x?from=+1650&to=+1"
    assert with_query("/x", ()) == "/x"
