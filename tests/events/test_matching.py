import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.events.matching import decided_once, kind_of, matches, path_id

A = "/restapi/v1.0/account/400000001"
X = f"{A}/extension/400000101"


@pytest.mark.parametrize(
    ("event", "name"),
    [
        (f"{X}/message-store/instant?type=SMS", "sms"),
        (f"{X}/message-store/instant", "sms"),
        (f"{X}/message-store", "messages"),
        (f"{X}/message-store?type=Fax&direction=Inbound", "messages-fax-in"),
        (f"{X}/message-store?direction=Inbound&type=Fax", "messages-fax-in"),
        (f"{X}/message-store?type=Fax", "messages-fax"),
        (f"{X}/message-store?direction=Inbound", "messages"),
        (f"{X}/presence", "presence"),
        ("/restapi/v1.0/account/80964XXXX/extension/6228XXXX/presence", "presence"),
        ("/restapi/v2/accounts/80964xxxx/sms/consents", "sms-consents"),
        (f"{A}/directory/contacts", "directory"),
        (f"{X}/presence?detailedTelephonyState=true", "presence-detailed"),
        (f"{X}/presence?sipData=true&detailedTelephonyState=true", "presence-sip"),
        (f"{X}/presence?detailedTelephonyState=true&totalActiveCalls", "presence-detailed"),
        (f"{X}/presence/line", "lines"),
        (f"{X}/presence/line/presence", "line-presence"),
        (f"{X}/telephony/sessions", "calls"),
        (f"{X}/telephony/sessions?missedCall=true&direction=Inbound", "missed-calls"),
        (f"{A}/telephony/sessions", "account-calls"),
        (f"{A}/telephony/sessions?missedCall=true", "account-missed-calls"),
        (f"{A}/presence", "account-presence"),
        (X, "extension"),
        (f"{X} ", "extension"),
        (f"{X}/", "extension"),
        (f"{A}/extension", "extensions"),
        (f"{A}/extension/~", "extension"),
        ("/restapi/v1.0/account/~/extension/5/presence", "presence"),
        ("/account/~/extension/~/presence", "presence"),
        (f"{X}/a2p-sms/batches", "a2p-batches"),
        (f"{A}/a2p-sms/batch", "a2p-batches"),
        (f"{A}/a2p-sms/batches/0b-1", "a2p-batch"),
        (f"{A}/a2p-sms/batch/0b-1", "a2p-batch"),
        (f"{A}/a2p-sms/messages?direction=Inbound&to=%2B1650", "a2p-messages"),
        (f"{A}/call-queues/400000900/presence", "queue-presence"),
        ("/restapi/v1.0/account/{accountId}/call-queues/{groupId}/presence", "queue-presence"),
        ("/restapi/v1.0/account/{accountId}/phone-number", "cc-numbers"),
        ("/restapi/v2/accounts/1/extensions/2/sms/messages?direction=Outbound", "sms2-out"),
        ("/restapi/v2/accounts/1/extensions/2/sms/messages", "sms2-in"),
        ("/team-messaging//v1/posts", "team-posts"),
        ("/team-messaging/v1/groups", "team-groups"),
        (f"{X}/glip/groups", "glip-groups"),
        ("/restapi/v1.0/glip/posts", "glip-posts"),
        ("/ai/ringsense/v1/public/accounts/1/domains/rcv/insights", "insights-rcv"),
        ("/ai/ringsense/v1/public/accounts/1/domains/new/insights", None),
        (f"{X}/incoming-call-pickup", None),
        ("/webinar/runtime/v1/company/sessions/state", None),
        (A, None),
        ("", None),
        ("?", None),
        (f"{X}/presence?{'a' * 2000}", "presence"),
    ],
)
def test_the_kind_of_an_event(event, name):
    found = kind_of(event)
    assert (found and found.name) == name
    assert kind_of(event) is found


@pytest.mark.parametrize(
    ("event", "id_"),
    [
        (f"{A}/call-queues/400000900/presence", "400000900"),
        (f"{A}/device/700/emergency-address?x=y", "700"),
        (f"{A}/a2p-sms/batches/0b-1", "0b-1"),
        (f"{A}/a2p-sms/batches", ""),
        (f"{X}/presence", ""),
    ],
)
def test_the_id_in_an_event(event, id_):
    assert path_id(event) == id_


MINE = "/restapi/v1.0/account/~/extension/~"
ACCOUNT = "/restapi/v1.0/account/~"


@pytest.mark.parametrize(
    ("event_filter", "event", "matching"),
    [
        (f"{MINE}/presence", f"{X}/presence", True),
        (f"{MINE}/presence", f"{X}/presence?detailedTelephonyState=true", True),
        (f"{MINE}/presence?detailedTelephonyState=true", f"{X}/presence", True),
        (f"{MINE}/presence?a=1&b=2", f"{X}/presence?b=2&a=1&c=3", True),
        (f"{MINE}/presence?a=1", f"{X}/presence?a=2", False),
        (f"{MINE}/presence?a=1&b=2", f"{X}/presence?a=1", False),
        (f"{MINE}/presence", f"{X}/presence/line", False),
        (f"{A}/extension/400000101/presence", f"{X}/presence", True),
        (f"{A}/extension/400000102/presence", f"{X}/presence", False),
        (f"{A}/extension/400000102/presence", f"{MINE}/presence", True),
        ("/restapi/v1.0/account/5/extension/~/presence", f"{X}/presence", False),
        (f"{ACCOUNT}/telephony/sessions", f"{X}/telephony/sessions", True),
        (f"{ACCOUNT}/telephony/sessions", f"{A}/telephony/sessions", True),
        (f"{MINE}/telephony/sessions", f"{A}/telephony/sessions", False),
        (f"{ACCOUNT}/extension", X, False),
        (f"{ACCOUNT}/call-queues/1/presence", f"{A}/call-queues/1/presence", True),
        (f"{ACCOUNT}/call-queues/1/presence", f"{A}/call-queues/2/presence", False),
        ("/team-messaging/v1/posts", "/team-messaging//v1/posts", True),
        ("/x?from=%2B1650", "/x?from=+1650", True),
    ],
)
def test_what_a_filter_asks_for(event_filter, event, matching):
    assert matches(event_filter, event) is matching


@given(st.text(max_size=40) | st.text(st.sampled_from("/account~extension1{}?&="), max_size=40))
def test_any_text_is_some_kind_or_none(event):
    found = kind_of(event)
    assert found is None or "/" in event
    assert isinstance(path_id(event), str)
    assert matches(event, event)


def test_what_depends_on_the_uri_alone_is_decided_once_for_each_that_is_not_too_long():
    asked = []

    @decided_once
    def size(event: str) -> int:
        asked.append(event)
        return len(event)

    long = "/" + "x" * 1000
    assert [size(uri) for uri in ("/a", "/b", "/a", long, long)] == [2, 2, 2, 1001, 1001]
    assert asked == ["/a", "/b", long, long]
