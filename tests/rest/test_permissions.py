import pytest

from rc_tail.rest import permissions
from rc_tail.rest.permissions import can_open_websocket, expand_permissions, kinds_allowed

KINDS = [("sms", "ReadMessages"), ("presence", "ReadPresence"), ("odd", "")]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ((), ["odd"]),
        (("ReadMessages",), ["sms", "odd"]),
        (("SMS",), ["sms", "odd"]),
        (("EditPresence", "Faxes"), ["sms", "presence", "odd"]),
    ],
)
def test_which_events_permissions_open(scope: tuple[str, ...], expected: list[str]) -> None:
    assert kinds_allowed(scope, KINDS) == expected


def test_a_permission_includes_others() -> None:
    assert expand_permissions(["Accounts"]) == {"Accounts", "EditAccounts", "ReadAccounts"}
    assert expand_permissions([]) == frozenset()


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (("WebSocketsSubscription",), True),
        (("ReadMessages", "SubscriptionWebSocket"), True),
        (("SubscriptionWebhook",), False),
        ((), False),
    ],
)
def test_the_permission_for_websockets_in_each_spelling(
    scope: tuple[str, ...], expected: bool
) -> None:
    assert can_open_websocket(scope) is expected


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([], "none"),
        (["a", "b", "c", "d"], "all 4"),
        (["a", "b", "d"], "all 4 except c"),
        (["a", "d"], "a, d"),
    ],
)
def test_what_the_app_may_see_is_said_in_few_words(events: list[str], words: str) -> None:
    assert permissions._in_few_words(events, ["a", "b", "c", "d"]) == words


def test_the_events_of_the_catalogue() -> None:
    assert ", presence, " in permissions.allowed_events(["ReadPresence"])
