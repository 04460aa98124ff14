import pytest

from rc_tail.events.event_uri import (
    EventUri,
    account_id,
    extension_id,
    has_my_extension,
    parse_event_uri,
    with_account,
    with_extension,
    without_account,
    without_extension,
)

X = "/restapi/v1.0/account/400000001/extension/400000101"
MINE = "/restapi/v1.0/account/~/extension/~"


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        (
            f"{X}/presence?b=1&a=2",
            EventUri(
                "/restapi/v1.0/account/~/extension/~/presence",
                "400000001",
                "400000101",
                frozenset({"a=2", "b=1"}),
            ),
        ),
        ("//team-messaging//v1/posts/", EventUri("/team-messaging/v1/posts", "", "", frozenset())),
        (
            "/restapi/v1.0/account/~/extension/{extensionId}?",
            EventUri("/restapi/v1.0/account/~/extension/~", "~", "~", frozenset()),
        ),
        (
            "/restapi/v1.0/account/80964XXXX/extension/6228xxxx/presence",
            EventUri("/restapi/v1.0/account/~/extension/~/presence", "~", "~", frozenset()),
        ),
        (
            "/accounts/12x/extensions/7",
            EventUri("/accounts/12x/extensions/~", "", "7", frozenset()),
        ),
    ],
)
def test_the_parts_of_a_uri(uri, address):
    assert parse_event_uri(uri) == address


@pytest.mark.parametrize(
    ("uri", "has_mine", "filled"),
    [
        (MINE, True, "/restapi/v1.0/account/7/extension/8"),
        (f"{MINE}?a=~", True, "/restapi/v1.0/account/7/extension/8?a=~"),
        ("/v2/accounts/~/extensions/~/sms", True, "/v2/accounts/7/extensions/8/sms"),
        ("/restapi/v1.0/account/~/extension", False, "/restapi/v1.0/account/7/extension"),
        ("/team-messaging/v1/posts", False, "/team-messaging/v1/posts"),
        (X, False, X),
        ("/account/~x/extension/~y", False, "/account/~x/extension/~y"),
    ],
)
def test_ids_replace_the_tilde(uri, has_mine, filled):
    assert has_my_extension(uri) is has_mine
    assert with_extension(with_account(uri, "7"), "8") == filled


def test_ids_can_be_removed():
    assert without_extension(f"{X}/glip/groups") == "/restapi/v1.0/account/400000001/glip/groups"
    assert without_account(f"{MINE}/presence") == "/restapi/v1.0/extension/~/presence"


@pytest.mark.parametrize(
    ("uri", "account", "extension"),
    [
        (f"https://platform.example{X}/message-store/1", "400000001", "400000101"),
        (f"{X}?view=Simple", "400000001", "400000101"),
        ("https://platform.example/restapi/v1.0/account/1/call-log/2", "1", ""),
        (f"{MINE}/presence", "", ""),
        ("/account/{accountId}/extension/../x", "", ""),
        (f"/account/{'1' * 21}/", "", ""),
        ("", "", ""),
    ],
)
def test_the_ids_in_the_address_of_a_resource(uri, account, extension):
    assert (account_id(uri), extension_id(uri)) == (account, extension)
