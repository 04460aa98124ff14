"""Notifications for tests of what happens to them."""

import json

from rc_tail.gateway.messages import Notification


def notification(number: int = 1, payload: bytes | None = None, size: int = 0) -> Notification:
    if payload is None:
        body = {"uuid": str(number), "event": "/e", "body": {"text": "x" * size}}
        payload = json.dumps(body, separators=(",", ":")).encode()
    frame = b'[{"type":"ServerNotification"},' + payload + b"]"
    return Notification(str(number), "/e", "", payload, frame)
