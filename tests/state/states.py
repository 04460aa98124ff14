"""States and events for tests."""

from typing import Any

from rc_tail.gateway.messages import Wsc
from rc_tail.state.resume_state import ResumeState

NOW = 1_800_000_000.0
SERVER = "https://platform.example"
OWNER = "400000101"
FILTERS = ("/restapi/v1.0/account/~/presence", "/restapi/v1.0/account/~/extension/~/presence")


def state(**fields: Any) -> ResumeState:
    return ResumeState(SERVER, OWNER, FILTERS, **fields)


def running_state(**fields: Any) -> ResumeState:
    known: dict[str, Any] = {
        "oauth_session": "o-1",
        "wsc": Wsc("w-1", 7),
        "subscription_id": "s-1",
        "recovery_timeout": 180.0,
        "recovery_buffer_size": 100,
        "last_frame": NOW - 10,
        "printed_until": NOW - 10,
        "uuids": ("u-1", "u-2"),
        "keys": ("sms:1",),
    }
    return state(**(known | fields))
