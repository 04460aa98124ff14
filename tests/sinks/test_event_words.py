import json

from rc_tail.events.catalogue import by_name
from rc_tail.gateway.messages import Notification
from rc_tail.sinks.event_words import event_words


def event(payload: dict[str, object]) -> Notification:
    text = json.dumps(payload).encode()
    return Notification("1", str(payload["event"]), "", text, b"[{}," + text + b"]")


def test_an_event_is_called_by_its_kind_and_its_key():
    kind = by_name("voicemail")
    assert kind is not None
    path = kind.path.replace("~", "400000001", 1)
    words = event_words(event({"event": path, "body": dict(kind.sample)}))
    assert words.startswith("voicemail ")
    assert ":message:" in words


def test_of_an_unknown_event_nothing_reaches_a_terminal_unescaped():
    words = event_words(event({"event": "/restapi/\x1b[31m", "body": {}}))
    assert words.startswith("other ")
    assert words.isprintable()
