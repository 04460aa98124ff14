import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rc_tail.errors import ExitStatus, UsageError
from rc_tail.events.catalogue import NAMES
from rc_tail.events.selection.select import Selection, select

MINE = "/restapi/v1.0/account/~/extension/~"
ACCOUNT = "/restapi/v1.0/account/~"
SMS = f"{MINE}/message-store/instant?type=SMS"
CALLS = f"{MINE}/telephony/sessions"
FAX = f"{MINE}/fax?direction=Inbound"
SENSE = "/ai/ringsense/v1/public/accounts/~/domains"


@pytest.mark.parametrize(
    ("words", "filters", "names"),
    [
        (["sms"], [SMS], ["sms"]),
        (["SMS"], [SMS], ["sms"]),
        (["voicemails"], [f"{MINE}/voicemail"], ["voicemail"]),
        (["sms,fax", "voicemail"], [SMS, FAX, f"{MINE}/voicemail"], ["sms", "fax", "voicemail"]),
        (["fax", "sms", "faxes"], [FAX, SMS], ["fax", "sms"]),
        (
            ["calls:statusCode=Answered,direction=Inbound"],
            [f"{CALLS}?statusCode=Answered&direction=Inbound"],
            ["calls:statusCode=Answered,direction=Inbound"],
        ),
        (
            ["calls?statusCode=answered&direction=inbound"],
            [f"{CALLS}?statusCode=Answered&direction=Inbound"],
            ["calls:statusCode=Answered,direction=Inbound"],
        ),
        (
            ["calls:statusCode=Answered,statusCode=Gone,sms"],
            [f"{CALLS}?statusCode=Answered", f"{CALLS}?statusCode=Gone", SMS],
            ["calls:statusCode=Answered,statusCode=Gone", "sms"],
        ),
        (
            ["calls:direction=Inbound,missedCall=true", "calls:missedCall=true,direction=Inbound"],
            [f"{CALLS}?direction=Inbound&missedCall=true"],
            ["calls:direction=Inbound,missedCall=true"],
        ),
        (["missed-calls", "calls:missedCall=true"], [f"{CALLS}?missedCall=true"], ["missed-calls"]),
        (
            ["queue-presence:400000900"],
            [f"{ACCOUNT}/call-queues/400000900/presence"],
            ["queue-presence:400000900"],
        ),
        (["a2p-batch:0b-1"], [f"{ACCOUNT}/a2p-sms/batches/0b-1"], ["a2p-batch:0b-1"]),
        (
            ["a2p-messages:to=%2B16505550101,direction=Inbound"],
            [f"{ACCOUNT}/a2p-sms/messages?to=+16505550101&direction=Inbound"],
            ["a2p-messages:to=+16505550101,direction=Inbound"],
        ),
        (
            ["insights", "insights-rcv"],
            [f"{SENSE}/{d}/insights" for d in ("pbx", "rcv", "rcx", "ms-teams", "nice-incontact")],
            ["insights"],
        ),
        (["/account/~/presence"], [f"{ACCOUNT}/presence"], [f"{ACCOUNT}/presence"]),
        (["/x,y?a=b,c"], ["/x,y?a=b,c"], ["/x,y?a=b,c"]),
        (["sms,/x?a=b,c"], [SMS, "/x?a=b,c"], ["sms", "/x?a=b,c"]),
        ([SMS, "sms"], [SMS], [SMS]),
        (
            ["presence:sipData=true"],
            [f"{MINE}/presence?detailedTelephonyState=true&sipData=true"],
            ["presence:sipData=true"],
        ),
    ],
)
def test_what_is_selected(words, filters, names):
    expected = Selection(tuple(filters), tuple(names))
    assert select(words) == expected
    assert select([], words) == expected


def test_words_come_before_filter_options():
    assert select(["fax"], ["sms"]).filters == (FAX, SMS)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["smss"], "no event is called 'smss' (did you mean sms?)"),
        (["foo", "bar"], "no event is called 'foo'; no event is called 'bar'"),
        (["sms:5"], "sms takes no id, so '5' is too much"),
        (
            ["calls:Answered"],
            "takes no id, so 'Answered' is too much (did you mean calls:statusCode=Answered?)",
        ),
        (
            ["calls:statusCode=Answered,gone"],
            "no event is called 'gone' (did you mean statusCode=gone?)",
        ),
        (
            ["queue-presence"],
            "queue-presence needs one call queue id, as in queue-presence:400000900",
        ),
        (
            ["queue-presence:1&2"],
            "queue-presence needs one call queue id, as in queue-presence:400000900",
        ),
        (["queue-presence:x"], "queue-presence: the call queue id must be a number, not 'x'"),
        (["emergency-address:"], "emergency-address needs one device id, as in emergency-address:"),
        (["calls:"], "'calls:' is incomplete"),
        (["sms,"], "empty event name"),
        ([""], "empty event name"),
        (["insights:x=1"], "insights stands for 5 events and takes no id or parameters"),
        (["/a b"], "'/a b' is not a RingCentral path"),
        (["restapi/v1.0/x"], "is not a path: it must begin with / (did you mean /restapi/v1.0/x?)"),
        (
            ["smss", "fax:direction=Out", "/ ", "smss"],
            "(did you mean sms?); fax:direction must be Inbound, not 'Out'; '/ ' is not a RingCentral path",
        ),
        ([], "name at least one event"),
    ],
)
def test_all_problems_are_reported_at_once(words, message):
    with pytest.raises(UsageError, match=re.escape(message)) as caught:
        select(words)
    assert caught.value.hint == "All events: rc-tail events"
    assert caught.value.exit_status is ExitStatus.USAGE


def test_nothing_invisible_is_repeated():
    with pytest.raises(UsageError) as caught:
        select(["\x1b[31m", "/\u202e", "calls:\x07=1", "queue-presence:\x9b", "fax:direction=\x00"])
    assert caught.value.message.isprintable()


def test_extensions_take_the_place_of_the_user():
    selection = select(["sms", "sms-batches"]).for_extensions(["101", "102", "101"])
    assert selection == Selection(
        (
            "/restapi/v1.0/account/~/extension/101/message-store/instant?type=SMS",
            "/restapi/v1.0/account/~/extension/102/message-store/instant?type=SMS",
            "/restapi/v2/accounts/~/extensions/101/sms/batches",
            "/restapi/v2/accounts/~/extensions/102/sms/batches",
        ),
        ("sms", "sms-batches"),
    )


def test_the_extension_at_the_end_of_a_path():
    assert select(["extension"]).for_extensions(["101"]).filters == (f"{ACCOUNT}/extension/101",)


def test_no_extension_changes_nothing():
    selection = select(["account-calls"])
    assert selection.for_extensions([]) == selection


def test_events_without_an_extension_are_named():
    words = ["sms", "team-posts", "account-calls", "extensions", "/a/b", f"{ACCOUNT}/extension/5"]
    with pytest.raises(UsageError) as caught:
        select(words).for_extensions(["101"])
    assert caught.value.message.endswith(": team-posts, account-calls, extensions, /a/b, extension")
    assert "sms" not in caught.value.message


@pytest.mark.parametrize("id_", ["", "x", "~", "٣", "-1"])
def test_invalid_extension_ids(id_):
    with pytest.raises(UsageError, match="invalid extension id"):
        select(["sms"]).for_extensions(["101", id_])


WORDS = (
    st.text(max_size=20)
    | st.lists(
        st.sampled_from([*NAMES, "/", ":", ",", "?", "&", "=", "a", "direction", "Inbound", "5"]),
        max_size=8,
    ).map("".join)
    | st.text(st.sampled_from("/ab?=&~{} ,+:%"), max_size=12)
)
FILTER = re.compile(r"/[!-z|~]+")


@settings(deadline=None)
@given(st.lists(WORDS, max_size=4), st.lists(WORDS, max_size=2))
def test_any_text_selects_or_is_refused(words, filters):
    selection, message = tried(words, filters)
    if selection is None:
        assert message
        assert message.isprintable()
        return
    assert selection.names
    assert len(set(selection.filters)) == len(selection.filters) > 0
    for event_filter in selection.filters:
        path, *query = event_filter.split("?", 1)
        assert FILTER.fullmatch(event_filter)
        assert "//" not in path
        assert query != [""]


def tried(words, filters):
    try:
        return select(words, filters), ""
    except UsageError as error:
        return None, error.message


@pytest.mark.parametrize("name", [name for name in NAMES if name[-1] != name[-2]])
def test_every_mistyped_event_is_recognised(name):
    mistyped = f"{name[:-2]}{name[-1]}{name[-2]}"
    with pytest.raises(UsageError) as refused:
        select([mistyped])
    assert "did you mean" in refused.value.message
    assert name.removesuffix("s")[:-1] in refused.value.message.partition("did you mean")[2]
