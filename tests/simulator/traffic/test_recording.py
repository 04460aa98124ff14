import json

import pytest

from rc_tail.errors import UsageError
from rc_tail.simulator.service.company import ADA, BOB
from rc_tail.simulator.service.filters import Filter, read_filter
from rc_tail.simulator.service.options import FULL_SCOPE
from rc_tail.simulator.traffic.recording import Recording, read_recording

X = "/restapi/v1.0/account/9/extension"
VOICEMAIL = {"uuid": "1", "event": f"{X}/8/voicemail", "body": {"id": "7"}}
POST = {"uuid": "2", "event": "/team-messaging/v1/posts", "body": {"text": "hi"}}


def lines(*payloads) -> str:
    return "".join(json.dumps(payload) + "\n" for payload in payloads)


@pytest.fixture
def record(tmp_path):
    def write(text):
        path = tmp_path / "events.jsonl"
        path.write_text(text)
        return path

    return write


def granted(text: str) -> Filter:
    found = read_filter(text, ADA, FULL_SCOPE, administrator=True)
    assert isinstance(found, Filter)
    return found


def test_strangers_become_ada_and_bodies_stay(record):
    voicemail, random_post = read_recording(record(lines(VOICEMAIL, POST)))
    assert (voicemail.extension, voicemail.body) == (ADA.id, {"id": "7"})
    assert voicemail.topic == "/restapi/v1.0/account/~/extension/~/voicemail"
    assert (random_post.extension, random_post.body) == ("", {"text": "hi"})


def test_people_stay_themselves_and_frames_are_read(record):
    event = f"/restapi/v1.0/account/400000001/extension/{BOB.id}/presence?sipData=true"
    frame = [{"type": "ServerNotification"}, {"event": event, "body": {}}]
    (presence,) = read_recording(record(lines(frame) + "\n"))
    assert presence.extension == BOB.id


def test_ids_are_unchanged(record):
    event = "/restapi/v1.0/account/9/call-queues/42/presence"
    (queue,) = read_recording(record(lines({"event": event, "body": {}})))
    assert queue.id == "42"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "contains no notification"),
        ("{}\n", ":1 is not a notification"),
        (lines(VOICEMAIL) + "no json\n", ":2 is not JSON"),
        ("3\n", "is not a notification"),
        (lines({"event": 3, "body": {}}), "is not a notification"),
        (lines({"event": "/x", "body": 3}), "is not a notification"),
        (lines({"event": "/x", "body": {}}), "no client can subscribe to /x"),
    ],
)
def test_files_that_are_no_recording(text, message, record):
    with pytest.raises(UsageError, match=message):
        read_recording(record(text))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        read_recording(tmp_path / "missing")


def test_events_with_a_matching_filter_play_in_a_loop(record):
    recording = Recording(read_recording(record(lines(VOICEMAIL, POST, VOICEMAIL))))
    voicemail = granted("/restapi/v1.0/account/~/extension/~/voicemail")
    both = [voicemail, granted("/team-messaging/v1/posts")]
    assert [bool(h and h.extension) for h in (recording.play(both) for _ in range(4))] == [
        True,
        False,
        True,
        True,
    ]
    assert all(recording.play([voicemail]) for _ in range(5))
    assert recording.play([granted("/restapi/v1.0/glip/posts")]) is None
