"""Records of the call log: one a call and party, once it is over (API reference, "Call Log").

They say less than the steps of a live call: where a record lacks what a filter needs, it is excluded
only if its result surely contradicts the filter.
"""

import re
from collections.abc import Iterable, Sequence

from rc_tail.events.families.fields import as_number, as_object, first_text
from rc_tail.events.kinds import Body, Pair

# TypeScript SDK, CallLogRecord.result.
_MISSED = frozenset(
    {"", "unknown", "missed", "no answer", "voicemail", "sent to voicemail", "abandoned"}
)
_NOT_ANSWERED = frozenset(
    {
        "abandoned",
        "answered elsewhere",
        "blocked",
        "busy",
        "call failed",
        "call failure",
        "declined",
        "hang up",
        "missed",
        "no answer",
        "rejected",
        "sent to voicemail",
        "stopped",
        "voicemail",
        "wrong number",
    }
)
_NO_VOICEMAIL = frozenset({"accepted", "call connected", "busy", "rejected", "received", "sent"})
# The log lists calls that are still going on as well; they will end live.
_GOING_ON = frozenset({"in progress"})
# Steps that leave no trace in a record.
_TRACELESS = frozenset({"hold", "parked", "voicemailscreening"})


def is_in_call_log(query: Iterable[Pair]) -> bool:
    """Whether the call log can answer a filter with this query."""
    codes = [value.lower() for name, value in query if name == "statusCode"]
    return not codes or any(code not in _TRACELESS for code in codes)


def is_one_step(query: Iterable[Pair]) -> bool:
    """Whether a filter with this query selects one step of a call, as a record describes it."""
    return any(name in ("statusCode", "missedCall") for name, _ in query)


def matches_call(record: Body, query: Sequence[Pair]) -> bool:
    """Whether a record is of a call that a filter selects.

    Args:
        record: Of the call log.
        query: The pairs of the filter's query; of several with one name, one must fit.
    """
    result = first_text(record, "result").lower()
    if result in _GOING_ON:
        return False
    names = dict.fromkeys(name for name, _ in query)
    return all(
        any(_fits(record, result, name, value) for each, value in query if each == name)
        for name in names
    )


def _fits(record: Body, result: str, name: str, value: str) -> bool:
    match name:
        case "missedCall":
            inbound = first_text(record, "direction") != "Outbound"
            return value.lower() != "true" or (inbound and result in _MISSED)
        case "withRecordings":
            return value.lower() != "true" or bool(as_object(record.get("recording")))
        case "phoneNumber":
            return _digits(value) in _numbers(record)
        case "statusCode":
            return _passed(record, result, value.lower())
        case _:  # The direction is compared like that of a message; the rest asks for details.
            return True


def _passed(record: Body, result: str, code: str) -> bool:
    """Whether the call went through a step; set-up, ringing and end belong to every call."""
    match code:
        case "answered":
            return result not in _NOT_ANSWERED
        case "voicemail":
            return result not in _NO_VOICEMAIL
        case "faxreceive":
            return (
                first_text(record, "type") == "Fax"
                and first_text(record, "direction") != "Outbound"
            )
        case _:
            return code not in _TRACELESS


def _numbers(record: Body) -> set[str]:
    parties = (as_object(record.get(side)) for side in ("from", "to"))
    return {_digits(first_text(party, "phoneNumber")) for party in parties} - {""}


def _digits(value: str) -> str:
    return re.sub(r"[^0-9]", "", value)


def call_seconds(record: Body) -> float:
    """Return how long the call of a record was, as far as the record says."""
    return max(as_number(record.get("duration")) or 0.0, 0.0)
