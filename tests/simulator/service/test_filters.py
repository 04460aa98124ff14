import pytest

from rc_tail.simulator.service.company import ADA
from rc_tail.simulator.service.filters import Filter, RejectedFilter, read_filter
from rc_tail.simulator.service.occurrence import Occurrence
from rc_tail.simulator.service.options import FULL_SCOPE

A = "/restapi/v1.0/account/~"
X = f"{A}/extension/~"
MINE = "/restapi/v1.0/account/400000001/extension/400000101"
CALLS = f"{X}/telephony/sessions"


def read(text: str, scope=FULL_SCOPE, *, administrator: bool = True) -> Filter | RejectedFilter:
    return read_filter(text, ADA, scope, administrator=administrator)


def granted(text: str) -> Filter:
    found = read(text)
    assert isinstance(found, Filter)
    return found


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (f"{X}/voicemail", f"{MINE}/voicemail"),
        (X, MINE),
        # The index of the developer guide prints it with a space behind it.
        (f"{X} ", MINE),
        (f"{X}/voicemail/", f"{MINE}/voicemail"),
        (
            f"{X}/presence?sipData=true&detailedTelephonyState=true",
            f"{MINE}/presence?sipData=true&detailedTelephonyState=true",
        ),
        (
            "/restapi/v2/accounts/~/extensions/~/sms/batches?from=+16505550101",
            "/restapi/v2/accounts/400000001/extensions/400000101/sms/batches?from=+16505550101",
        ),
        ("/team-messaging/v1/posts", "/team-messaging/v1/posts"),
        (f"{X}/missed-calls", f"{MINE}/missed-calls"),
    ],
)
def test_a_filter_comes_back_with_real_ids_and_its_query(asked, told):
    assert granted(asked).text == told


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("", "SUB-508"),
        ("nonsense", "SUB-508"),
        (f"{X}/nowhere", "SUB-508"),
        (f"{X}/message-store/instant", "SUB-508"),
        ("/restapi/v1.0/account/999/presence", "SUB-406"),
        ("/restapi/v1.0/account/~/extension/999/voicemail", "SUB-408"),
    ],
)
def test_filters_that_are_refused(asked, code):
    found = read(asked)
    assert isinstance(found, RejectedFilter)
    assert (found.filter, found.code) == (asked, code)


def test_others_can_be_watched_by_administrators_only():
    asked = f"{A}/extension/400000102/voicemail"
    assert granted(asked).extension == "400000102"
    error_answer = read(asked, administrator=False)
    assert isinstance(error_answer, RejectedFilter)
    assert error_answer.code == "SUB-405"
    assert isinstance(read(f"{A}/extension/{ADA.id}/voicemail", administrator=False), Filter)


@pytest.mark.parametrize(
    ("scope", "is_granted"),
    [(("ReadMessages",), True), (("SMS",), True), (("ReadPresence",), False), ((), False)],
)
def test_the_app_needs_the_permission_or_one_that_includes_it(scope, is_granted):
    found = read(f"{X}/voicemail", scope)
    assert isinstance(found, Filter) is is_granted
    if isinstance(found, RejectedFilter):
        assert (found.code, found.permission) == ("SUB-412", "ReadMessages")


def occurrence(topic: str = CALLS, extension: str = ADA.id, id_: str = "", **body) -> Occurrence:
    return Occurrence(topic, extension, body, id_)


@pytest.mark.parametrize(
    ("asked", "what", "matches"),
    [
        (CALLS, occurrence(), True),
        (CALLS, occurrence(f"{X}/voicemail"), False),
        (CALLS, occurrence(extension="400000102"), False),
        (f"{A}/telephony/sessions", occurrence(extension="400000102"), True),
        (f"{CALLS}?direction=Inbound", occurrence(parties=[{"direction": "Inbound"}]), True),
        (f"{CALLS}?direction=Inbound", occurrence(parties=[{"direction": "Outbound"}]), False),
        (
            f"{CALLS}?phoneNumber=+1650",
            occurrence(parties=[{"from": {"phoneNumber": "+1650"}}]),
            True,
        ),
        (
            f"{CALLS}?phoneNumber=%2B1650",
            occurrence(parties=[{"to": {"phoneNumber": "+1650"}}]),
            True,
        ),
        (
            f"{CALLS}?phoneNumber=+1",
            occurrence(parties=[{"from": {"phoneNumber": "+1650"}}]),
            False,
        ),
        (f"{CALLS}?sipData=true", occurrence(), True),
    ],
)
def test_which_occurrences_a_filter_matches(asked, what, matches):
    assert granted(asked).matches(what) is matches


def test_the_id_in_the_path_must_be_the_same():
    queue = granted(f"{A}/call-queues/400000900/presence")
    topic = f"{A}/call-queues/{{id}}/presence"
    assert queue.matches(occurrence(topic, "", "400000900"))
    assert not queue.matches(occurrence(topic, "", "400000901"))


def test_the_event_is_the_filter():
    assert granted(f"{CALLS}?direction=Inbound").event_for(occurrence()) == (
        f"{MINE}/telephony/sessions?direction=Inbound"
    )


def test_but_that_of_the_whole_account_names_the_user():
    wide = granted(f"{A}/telephony/sessions?direction=Inbound")
    assert wide.event_for(occurrence(extension="400000102")) == (
        "/restapi/v1.0/account/400000001/extension/400000102/telephony/sessions?direction=Inbound"
    )
