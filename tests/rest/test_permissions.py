import pytest

from rc_tail.rest.permissions import expanded, may_subscribe, opened

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
    assert opened(scope, KINDS) == expected


def test_a_permission_includes_others() -> None:
    assert expanded(["Accounts"]) == {"Accounts", "EditAccounts", "ReadAccounts"}
    assert expanded([]) == frozenset()


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
    assert may_subscribe(scope) is expected
