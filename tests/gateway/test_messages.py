"""Wire text to typed messages and back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.errors import MalformedMessageError
from rc_tail.gateway.error_body import Refusal
from rc_tail.gateway.messages import (
    ConnectionDetails,
    ErrorMessage,
    Heartbeat,
    Notification,
    Response,
    UnknownMessage,
    Wsc,
    decode,
    delete_request,
    heartbeat,
    subscribe_request,
)

DETAILS = (
    '[{"type":"ConnectionDetails","messageId":"m","status":200,"wsc":{"token":"T","sequence":3}},'
    '{"creationTime":"2026-03-02T09:30:00.000+0000","maxConnectionsPerSession":50,'
    '"recoveryBufferSize":100,"recoveryTimeout":180,"idleTimeout":1800,"absoluteTimeout":86400,'
    '"maxActiveRequests":10,"recoveryState":"Failed","recoveryErrorCode":"WSG-1003"}]'
)
PAYLOAD = '{"uuid":"1","event":"/e","timestamp":"t","subscriptionId":"s","body":{"subject":"hi ☎"}}'
DIGITS = "1" * 5000
NOTIFICATION = f'[{{"type":"ServerNotification","messageId":"1","status":200}},{PAYLOAD}]'


def test_connection_details():
    message = decode(DETAILS)
    assert message.wsc == Wsc("T", 3)
    assert message.content == ConnectionDetails(
        recovery_timeout=180,
        recovery_buffer_size=100,
        idle_timeout=1800,
        absolute_timeout=86400,
        recovery_state="Failed",
        recovery_error_code="WSG-1003",
    )


def test_details_without_a_body_or_a_wsc_are_tolerated():
    assert decode('[{"type":"ConnectionDetails"}]').content == ConnectionDetails()


def test_a_notification_keeps_the_bytes_of_its_payload():
    content = decode(NOTIFICATION).content
    assert isinstance(content, Notification)
    assert (content.uuid, content.event, content.timestamp) == ("1", "/e", "t")
    assert content.subscription_id == "s"
    assert content.payload == PAYLOAD.encode()
    assert content.frame == NOTIFICATION.encode()
    assert json.loads(content.payload)["body"] == {"subject": "hi ☎"}


@pytest.mark.parametrize(
    ("payload", "uuid"),
    [
        ('{"uuid":12345678901234567890,"event":null}', "12345678901234567890"),
        ('{"uuid":"a","body":"\\ud800"}', "a"),
        ('{"uuid":"\\ud800","body":{}}', "\\ud800"),
        (f'{{"uuid":{DIGITS}}}', DIGITS),
        (f'{{"uuid":"\\ud800","body":{{"n":{DIGITS}}}}}', "\\ud800"),
        ('  {"uuid" : "b"\n}  ', "b"),
    ],
)
def test_an_odd_payload_is_still_a_notification(payload, uuid):
    content = decode(f'[{{"type":"ServerNotification"}},{payload}]').content
    assert isinstance(content, Notification)
    assert content.uuid == uuid
    assert content.payload == payload.strip().encode()


@pytest.mark.parametrize("payload", ["", ",[]", ',"text"', ",null", ",7", ', ["\\ud800"]'])
def test_a_notification_without_an_object_is_none(payload):
    with pytest.raises(MalformedMessageError, match="a notification without an event"):
        decode(f'[{{"type":"ServerNotification"}}{payload}]')


@pytest.mark.parametrize(
    ("text", "content"),
    [
        (f'[{{"type":"ConnectionDetails"}},{{"idleTimeout":{DIGITS}}}]', ConnectionDetails()),
        (
            f'[{{"type":"ClientRequest","messageId":"q","status":200}},{{"n":{DIGITS}}}]',
            Response("q", 200, {"n": DIGITS}),
        ),
        (
            f'[{{"type":"Error","messageId":{DIGITS},"status":{DIGITS}}},{{"errorCode":"A"}}]',
            ErrorMessage(DIGITS, 0, Refusal("A", ""), {"errorCode": "A"}),
        ),
    ],
)
def test_numbers_without_end_are_their_digits(text, content):
    assert decode(text).content == content


@pytest.mark.parametrize("kind", ["ConnectionDetails", "ClientRequest", "Error"])
@pytest.mark.parametrize("depth", range(900, 1001, 5))
def test_no_depth_is_more_than_a_fault_of_the_peer(kind, depth):
    text = f'[{{"type":"{kind}"}},{{"a":{"[" * depth}{"]" * depth}}}]'
    try:
        message = decode(text)
    except MalformedMessageError as error:
        assert error.message.startswith("ignored an invalid message: ")  # noqa: PT017
    else:
        assert message.content is not None


def test_the_wsc_may_ride_on_a_notification():
    text = NOTIFICATION.replace('"status":200', '"wsc":{"token":"N","sequence":9}')
    assert decode(text).wsc == Wsc("N", 9)


@pytest.mark.parametrize("size", [8193, 1_000_000])
def test_a_wsc_that_fits_no_address_is_left_out_and_its_message_kept(size: int):
    text = NOTIFICATION.replace('"status":200', f'"wsc":{{"token":"{"N" * size}","sequence":9}}')
    message = decode(text)
    assert message.wsc is None
    assert isinstance(message.content, Notification)
    assert message.content.uuid == "1"


def test_a_wsc_with_an_odd_sequence_is_kept():
    assert decode('[{"type":"Heartbeat","wsc":{"token":"N","sequence":"x"}}]').wsc == Wsc("N", 0)


def test_a_response():
    text = (
        '[{"type":"ClientRequest","messageId":"q","status":200,"headers":{"RCRequestId":"r"}},'
        '{"uri":"/restapi/v1.0/subscription/abc","status":"Active","eventFilters":["/a",1],'
        '"disabledFilters":[{"filter":"/b","reason":"SUB-412","message":"no"},3]}]'
    )
    response = decode(text).content
    assert isinstance(response, Response)
    assert response.ok
    assert response.subscription_id == "abc"
    assert response.event_filters() == ["/a"]
    assert [(d.event_filter, d.reason) for d in response.disabled_filters()] == [("/b", "SUB-412")]


def test_a_response_without_a_body():
    response = decode('[{"type":"ClientRequest","messageId":"q","status":204}]').content
    assert isinstance(response, Response)
    assert response.ok
    assert response.event_filters() is None
    assert response.disabled_filters() == []
    assert response.subscription_id == ""


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ('{"errorCode":"A","message":"top"}', "A", "top"),
        ('{"errors":[{"errorCode":"B","message":"list"}]}', "B", "list"),
        ('{"errorCode":"A","errors":[{"errorCode":"B","message":"list"}]}', "B", "list"),
        ("{}", "", ""),
        ('{"errors":"no"}', "", ""),
        ("[1]", "", ""),
    ],
)
def test_a_refusal_is_found_wherever_it_stands(body, code, words):
    error = decode(f'[{{"type":"Error","messageId":"e","status":400}},{body}]').content
    assert isinstance(error, ErrorMessage)
    assert (error.refusal.code, error.refusal.message) == (code, words)


def test_heartbeat_and_unknown_types():
    assert decode('[{"type":"Heartbeat","messageId":"h"}]').content == Heartbeat("h")
    assert decode('[{"type":"Novelty"},{"a":1}]').content == UnknownMessage("Novelty")
    assert decode('[{"messageId":"x"}]').content == UnknownMessage("")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "null",
        "[",
        "[]",
        "[1]",
        "[{}",
        '[{"type":"Heartbeat"}] trailing',
        '[{"type":"ServerNotification"},{"uuid":NaN}]',
        '[{"type":"X"},--Boundary\nmultipart]',
        '[{"type":"Error"},{]',
        "[" * 100_000,
        '[{"type":"Heartbeat"},' + "[" * 100_000 + "]" * 100_000 + "]",
        "\ud800",
    ],
)
def test_what_is_no_message_is_malformed(text):
    with pytest.raises(MalformedMessageError):
        decode(text)


@given(st.text() | st.text(alphabet='[]{}",:\\ntype0 \ud800'))
def test_any_text_is_a_message_or_malformed(text):
    try:
        message = decode(text)
    except MalformedMessageError as error:
        assert error.message.startswith("ignored an invalid message: ")  # noqa: PT017
    else:
        assert message.content is not None


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
metas = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            ["ConnectionDetails", "ClientRequest", "ServerNotification", "Error", "Heartbeat", "?"]
        )
        | json_values
    },
    optional={"messageId": json_values, "status": json_values, "wsc": json_values},
)


@given(metas, json_values, st.sampled_from([None, 1]))
def test_any_json_array_with_an_object_is_a_message_or_an_event_without_one(meta, body, indent):
    text = json.dumps([meta, body], indent=indent)
    if meta["type"] == "ServerNotification" and not isinstance(body, dict):
        with pytest.raises(MalformedMessageError):
            decode(text)
        return
    content = decode(text).content
    if isinstance(content, Notification):
        assert json.loads(content.payload) == body


def test_requests_are_what_the_service_expects():
    filters = ["/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS"]
    meta, body = json.loads(subscribe_request("id-1", filters))
    assert meta == {
        "type": "ClientRequest",
        "messageId": "id-1",
        "method": "POST",
        "path": "/restapi/v1.0/subscription/",
    }
    assert body == {"eventFilters": filters, "deliveryMode": {"transportType": "WebSocket"}}
    assert json.loads(delete_request("id-2", "abc")) == [
        {
            "type": "ClientRequest",
            "messageId": "id-2",
            "method": "DELETE",
            "path": "/restapi/v1.0/subscription/abc",
        }
    ]
    assert heartbeat("h") == '[{"type":"Heartbeat","messageId":"h"}]'
