"""The messages of the gateway as text: ``[meta]`` or ``[meta, body]``, without spaces.

Shapes after the developer guide's samples and a captured answer to a subscription request.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from rc_tail.simulator.service.http_values import Answer, ApiCall, compact
from rc_tail.simulator.service.options import Options
from rc_tail.simulator.service.timestamps import http_date, iso_timestamp_with_offset


def details_message(
    options: Options, wsc: bytes, id_: str, outcome: tuple[str, str], now: float
) -> bytes:
    """Return ``ConnectionDetails``, always the first message.

    Args:
        options: The limits that it announces.
        wsc: As JSON.
        id_: The message's id.
        outcome: ``recoveryState`` and ``recoveryErrorCode``; empty ones are left out.
    """
    meta = {
        "type": "ConnectionDetails",
        "messageId": id_,
        "status": 200,
        "wsc": json.loads(wsc),
        "headers": {"RCRequestId": id_},
    }
    body: dict[str, Any] = {
        "creationTime": iso_timestamp_with_offset(now),
        "maxConnectionsPerSession": options.connection_limit,
        "recoveryBufferSize": options.recovery_buffer,
        "recoveryTimeout": int(options.recovery_timeout),
        "idleTimeout": int(options.idle_timeout),
        "absoluteTimeout": int(options.absolute_timeout),
        "maxActiveRequests": options.request_limit,
    }
    state, code = outcome
    if state:
        body["recoveryState"] = state
    if code:
        body["recoveryErrorCode"] = code
    return compact([meta, body])


def answer_message(answer: Answer, id_: Any, wsc: bytes | None, request: str, now: float) -> bytes:
    """Return the answer to a ``ClientRequest``, which has the same type.

    Args:
        id_: The request's ``messageId``.
        wsc: As JSON; None where the message carries none.
        request: The service's id of the request.
    """
    headers = {
        "Server": "nginx",
        "Date": http_date(now),
        "Content-Type": "application/json;charset=utf-8",
        "RoutingKey": "SIM01P01",
        "RCRequestId": request,
        **answer.headers,
    }
    if answer.status == 204:
        del headers["Content-Type"]
    meta: dict[str, Any] = {
        "type": "ClientRequest",
        "messageId": id_,
        "status": answer.status,
        "headers": headers,
    }
    if wsc is not None:
        meta["wsc"] = json.loads(wsc)
    return compact([meta] if answer.body is None else [meta, answer.body])


def notification_message(uuid: str, wsc: bytes | None, payload: bytes) -> bytes:
    """Return a ``ServerNotification``, formatted by hand for speed.

    Args:
        wsc: As JSON; None where the message carries none.
    """
    riding = b"" if wsc is None else b',"wsc":%b' % wsc
    return (
        b'[{"type":"ServerNotification","messageId":"%b","status":200,'
        b'"headers":{"RCRequestId":"n-%b"}%b},%b]' % (uuid.encode(), uuid.encode(), riding, payload)
    )


def error_message(id_: Any, status: int, code: str, words: str, request: str) -> bytes:
    """Return an ``Error``; its body has no list of errors, unlike a refused request's."""
    meta = {
        "type": "Error",
        "messageId": id_,
        "status": status,
        "headers": {"RCRequestId": request},
    }
    return compact([meta, {"errorCode": code, "message": words}])


def read_api_call(meta: Mapping[str, Any], rest: list[Any]) -> ApiCall | str:
    """Return the request in a ``ClientRequest``, or the message of the error in it.

    Args:
        meta: The first element.
        rest: The elements after it.
    """
    method, path = meta.get("method"), meta.get("path")
    if not isinstance(method, str) or not isinstance(path, str) or not path.startswith("/"):
        return "Expected a method and a path"
    body = rest[0] if rest else ""
    if not isinstance(body, dict | str):
        # The literal answer of the service to `null`, from a report.
        return (
            "Expected either '{' opening an object body or '\"' opening a string body "
            "but was another character"
        )
    parts = urlsplit(path)
    query = {**parse_qs(parts.query, keep_blank_values=True), **_read_query(meta.get("query"))}
    return ApiCall(method.upper(), parts.path.rstrip("/"), query, _parse_body(body))


def _read_query(query: Any) -> dict[str, list[str]]:
    if not isinstance(query, dict):
        return {}
    return {
        str(name): [str(item) for item in (value if isinstance(value, list) else [value])]
        for name, value in query.items()
    }


def _parse_body(body: Any) -> Any:
    if not isinstance(body, str):
        return body
    try:
        return json.loads(body)
    except ValueError:
        return None
