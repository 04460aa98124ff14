import pytest

from rc_tail.doctor.event_choice import USUAL, called, choose, missing
from rc_tail.errors import PermissionMissingError
from rc_tail.events.catalogue import KINDS
from rc_tail.events.matching import kind_of
from rc_tail.events.selection.select import select
from rc_tail.simulator.service.options import FULL_SCOPE


def names(filters):
    return [called(event_filter) for event_filter in filters]


def test_permissions_open_events():
    assert names(choose(["ReadMessages"])) == ["sms", "voicemail", "fax", "messages"]
    assert names(choose(["CallControl"])) == ["calls", "account-calls"]


def test_a_permission_includes_others():
    assert set(names(choose(["SMS"]))) > {"sms", "threads"}


def test_unknown_permissions_open_the_usual_events():
    assert tuple(names(choose([]))) == USUAL


def test_one_of_each_sort_without_old_spellings_and_ids():
    kinds = [kind for kind in map(kind_of, choose(FULL_SCOPE)) if kind is not None]
    assert len(kinds) == len(choose(FULL_SCOPE))
    paths = [kind.path for kind in kinds]
    assert len(set(paths)) == len(paths)
    assert not any(kind.id_name or kind.family == "legacy" for kind in kinds)
    wanted = {k.path for k in KINDS if k.permission and not k.id_name and k.family != "legacy"}
    assert set(paths) == wanted


def test_permissions_that_open_nothing():
    with pytest.raises(PermissionMissingError, match="opens no event") as caught:
        choose(["WebSocketsSubscription"])
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
    assert missing(scope, select(events).filters) == expected


def test_a_filter_that_nobody_knows_is_called_by_itself():
    assert called("/restapi/v1.0/nobody/knows") == "/restapi/v1.0/nobody/knows"
    assert called(select(["sms"]).filters[0]) == "sms"
