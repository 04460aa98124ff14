"""Synchronization of the message store and the call log: ``message-sync`` and ``call-log-sync``.

FSync returns what is there and a token; ISync returns what was added or changed since a token
(API reference, "Sync Messages"; TypeScript SDK, `GetMessageSyncResponse`). The token is opaque: here
it holds the store's number of changes so far.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any

from rc_tail.simulator.service.history import DAY, Record, matches_query, render_page, time_bound
from rc_tail.simulator.service.http_values import Answer, ApiCall
from rc_tail.simulator.service.request_bodies import invalid
from rc_tail.simulator.service.timestamps import iso_timestamp

_MOST_RECORDS = 250


def synchronize(
    call: ApiCall,
    records: Sequence[Record],
    render: Callable[[Record], dict[str, Any]],
    revision: int,
    now: float,
) -> Answer:
    """Answer a request for synchronization.

    Args:
        records: All records of the store that the client can read.
        revision: How many changes the history has had so far.

    Raises:
        RefusedRequestError: A parameter is invalid.
    """
    kind = call.path.rpartition("/")[2]
    type_ = call.query.get("syncType", ["FSync"])[0]
    limit = _record_count(call)
    if type_ == "FSync":
        since = time_bound(call, "dateFrom", now - DAY)
        until = time_bound(call, "dateTo", now + 1)
        wanted = [r for r in records if since <= r.time < until]
        matching = [body for r in wanted if matches_query(call, body := render(r))]
    elif type_ == "ISync":
        known = _read_token(call, kind, revision)
        matching = [
            body
            for r in records
            if r.revision > known and matches_query(call, body := render(r), deleted=True)
        ]
    else:
        raise invalid("syncType")
    info = {
        "syncType": type_,
        "syncToken": _token(kind, revision),
        "syncTime": iso_timestamp(now),
        "olderRecordsExist": len(matching) > limit,
    }
    # Newest first.
    page = matching[::-1][:limit]
    return Answer(
        200,
        {
            "uri": f"{call.base}{call.path}",
            "records": render_page(call, page),
            "syncInfo": info,
        },
    )


def _record_count(call: ApiCall) -> int:
    text = call.query.get("recordCount", [str(_MOST_RECORDS)])[0]
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_RECORDS:
        raise invalid("recordCount")
    return int(text)


def _token(kind: str, revision: int) -> str:
    return base64.urlsafe_b64encode(f"{kind}:{revision}".encode()).decode()


def _read_token(call: ApiCall, kind: str, newest: int) -> int:
    try:
        text = base64.urlsafe_b64decode(call.query.get("syncToken", [""])[0]).decode()
    except (binascii.Error, ValueError):
        text = ""
    name, _, number = text.partition(":")
    if name != kind or not number.isdecimal() or int(number) > newest:
        raise invalid("syncToken")
    return int(number)
