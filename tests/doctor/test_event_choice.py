import pytest

from rc_tail.doctor.event_choice import USUAL, choose_filters, display_name, missing_permissions
from rc_tail.errors import PermissionMissingError
from rc_tail.events.catalogue import KINDS
from rc_tail.events.matching import kind_of
from rc_tail.events.selection.select import select
from rc_tail.simulator.service.options import FULL_SCOPE


def names(filters):
    return [display_name(event_filter) for event_filter in filters]


def test_permissions_open_events():
    assert names(choose_filters(["ReadMessages"])) == ["sms", "voicemail", "fax", "messages"]
    assert names(choose_filters(["CallControl"])) == ["calls", "account-calls"]


def test_a_permission_includes_others():
    assert set(names(choose_filters(["SMS"]))) > {"sms", "threads"}


def test_unknown_permissions_open_the_usual_events():
    assert tuple(names(choose_filters([]))) == USUAL


def test_one_of_each_sort_without_old_spellings_and_ids():
    kinds = [kind for kind in map(kind_of, choose_filters(FULL_SCOPE)) if kind is not None]
    assert len(kinds) == len(choose_filters(FULL_SCOPE))
    paths = [kind.path for kind in kinds]
    assert len(set(paths)) == len(paths)
    assert not any(kind.id_name or kind.family == "legacy" for kind in kinds)
    wanted = {k.path for k in KINDS if k.permission and not k.id_name and k.family != "legacy"}
    assert set(paths) == wanted


def test_permissions_that_open_nothing():
    with pytest.raises(PermissionMissingError, match="none of them allows an event") as caught:
        choose_filters(["WebSocketsSubscription"])
    assert "rc-tail events" in caught.value.hint


@pytest.mark.parametrize(
    ("scope", "events", "expected"),
    [
        (["ReadMessages"], ["sms"], []),
        (["SMS"], ["sms"], []),
        ([], ["sms", "calls"], [("sms", "ReadMessages"), ("calls", "CallControl")]),
        ([], ["sms-batches"], []),
        ([], ["/restapi/v1.0/nobody/knows"], []),
    ],
)
def test_what_is_missing(scope, events, expected):
    assert missing_permissions(scope, select(events).filters) == expected


def test_a_filter_that_is_unknown_is_called_by_itself():
    assert display_name("/restapi/v1.0/nobody/knows") == "/restapi/v1.0/nobody/knows"
    assert display_name(select(["sms"]).filters[0]) == "sms"
