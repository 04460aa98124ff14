from collections.abc import Mapping
from typing import Any

import pytest

from rc_tail.events.kinds import Pair
from rc_tail.history.call_log import (
    call_seconds,
    is_in_call_log,
    matches_call,
)

CALL: Mapping[str, Any] = {
    "telephonySessionId": "s-aaaa",
    "partyId": "p-aaaa-2",
    "duration": 65,
    "type": "Voice",
    "direction": "Inbound",
    "result": "Accepted",
    "from": {"phoneNumber": "+16505550199"},
    "to": {"extensionNumber": "101"},
}


@pytest.mark.parametrize(
    ("query", "change", "fits"),
    [
        ((), {}, True),
        ((), {"result": "In Progress"}, False),
        ((("sipData", "true"),), {}, True),
        ((("missedCall", "true"),), {}, False),
        ((("missedCall", "true"),), {"result": "Missed"}, True),
        ((("missedCall", "true"),), {"result": "Voicemail"}, True),
        ((("missedCall", "true"),), {"result": None}, True),
        ((("missedCall", "true"),), {"result": "No Answer", "direction": "Outbound"}, False),
        ((("missedCall", "false"),), {}, True),
        ((("withRecordings", "true"),), {}, False),
        ((("withRecordings", "true"),), {"recording": {"id": "1"}}, True),
        ((("withRecordings", "false"),), {}, True),
        ((("phoneNumber", "+16505550199"),), {}, True),
        ((("phoneNumber", "16505550199"),), {}, True),
        ((("phoneNumber", "+16505550101"),), {}, False),
        ((("phoneNumber", "+16505550101"),), {"to": {"phoneNumber": "+16505550101"}}, True),
        ((("phoneNumber", "+16505550101"),), {"from": "anonymous", "to": None}, False),
        ((("phoneNumber", ""),), {"from": {}}, False),
        ((("statusCode", "Setup"),), {"result": "Missed"}, True),
        ((("statusCode", "Disconnected"),), {}, True),
        ((("statusCode", "Answered"),), {}, True),
        ((("statusCode", "Answered"),), {"result": "Missed"}, False),
        ((("statusCode", "Answered"),), {"result": "of tomorrow"}, True),
        ((("statusCode", "VoiceMail"),), {}, False),
        ((("statusCode", "VoiceMail"),), {"result": "Voicemail"}, True),
        ((("statusCode", "FaxReceive"),), {}, False),
        ((("statusCode", "FaxReceive"),), {"type": "Fax", "result": "Received"}, True),
        ((("statusCode", "FaxReceive"),), {"type": "Fax", "direction": "Outbound"}, False),
        ((("statusCode", "Hold"),), {}, False),
        # Of several values one must fit, and each name must.
        ((("statusCode", "Hold"), ("statusCode", "Answered")), {}, True),
        ((("statusCode", "Answered"), ("missedCall", "true")), {}, False),
    ],
)
def test_which_calls_a_filter_asks_for(
    query: tuple[Pair, ...], change: Mapping[str, Any], fits: bool
) -> None:
    assert matches_call({**CALL, **change}, query) is fits


@pytest.mark.parametrize(
    ("codes", "leaves"),
    [
        ((), True),
        (("Answered",), True),
        (("Hold",), False),
        (("parked", "VoiceMailScreening"), False),
        (("Hold", "Gone"), True),
    ],
)
def test_which_steps_leave_a_record(codes: tuple[str, ...], leaves: bool) -> None:
    query = [("direction", "Inbound"), *(("statusCode", code) for code in codes)]
    assert is_in_call_log(query) is leaves


@pytest.mark.parametrize(
    ("duration", "seconds"), [(65, 65.0), ("65", 65.0), (None, 0.0), (-3, 0.0), ({}, 0.0)]
)
def test_how_long_a_call_was(duration: Any, seconds: float) -> None:
    assert call_seconds({"duration": duration}) == seconds
