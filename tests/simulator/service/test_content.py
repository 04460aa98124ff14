import io
import re
import wave
import zlib
from typing import Any

import pytest

from rc_tail.simulator.service.company import ADA
from rc_tail.simulator.service.content import (
    content_answer,
    make_content,
    make_mp3,
    make_pdf,
    make_png,
    make_wav,
)
from rc_tail.simulator.service.http_values import Answer, ApiCall
from tests.simulator.harness import EXTENSION, Harness, code_of
from tests.simulator.service.test_messaging import FORM

STORE = f"{EXTENSION}/message-store"


@pytest.mark.parametrize("seconds", [0, 1, 17])
def test_audio_can_be_played(seconds):
    with wave.open(io.BytesIO(make_wav(seconds))) as audio:
        assert (audio.getframerate(), audio.getnchannels()) == (8000, 1)
        assert audio.getnframes() == seconds * 8000


@pytest.mark.parametrize(("seconds", "frames"), [(0, 1), (1, 28), (36, 1000)])
def test_mp3_consists_of_whole_frames(seconds, frames):
    data = make_mp3(seconds)
    assert len(data) == 72 * frames
    assert {data[start : start + 4] for start in range(0, len(data), 72)} == {b"\xff\xf3\x28\xc4"}


@pytest.mark.parametrize("pages", [1, 12])
def test_a_document_has_its_pages_where_its_table_says(pages):
    data = make_pdf(pages)
    assert data.startswith(b"%PDF-1.4\n")
    start = int(data.rpartition(b"startxref\n")[2].split()[0])
    assert data[start:].startswith(b"xref\n")
    offsets = [int(found) for found in re.findall(rb"(\d{10}) 00000 n", data)]
    assert len(offsets) == 2 + pages
    for number, offset in enumerate(offsets, 1):
        assert data[offset:].startswith(b"%d 0 obj" % number)


def test_a_picture_has_its_pixels():
    data = make_png(0x102030)
    assert data.startswith(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x20\0\0\0\x20")
    packed = data[data.index(b"IDAT") + 4 : data.index(b"IEND") - 8]
    assert zlib.decompress(packed) == (b"\0" + b"\x10\x20\x30" * 32) * 32


@pytest.mark.parametrize(
    ("type_", "served", "first"),
    [
        ("audio/x-wav", "audio/x-wav", b"RIFF"),
        ("audio/mpeg", "audio/mpeg", b"\xff\xf3"),
        ("application/pdf", "application/pdf", b"%PDF"),
        ("image/jpeg", "image/png", b"\x89PNG"),
        ("text/plain; charset=utf-8", "text/plain", b"hi"),
        ("application/x-unknown", "text/plain", b"hi"),
    ],
)
def test_the_type_decides_what_is_served(type_, served, first):
    found, data = make_content({"subject": "hi"}, {"id": "7", "contentType": type_})
    assert found == served
    assert data.startswith(first)
    assert make_content({"subject": "hi"}, {"id": "7", "contentType": type_}) == (found, data)


@pytest.mark.parametrize("value", [None, "x", "2", 2, -1, 10**9, [], 1e300])
def test_odd_lengths_are_bounded(value):
    _, data = make_content({}, {"contentType": "audio/x-wav", "vmDuration": value})
    assert len(data) <= 600 * 8000 + 44


def ranged(range_: str) -> Answer:
    return content_answer(ApiCall("GET", "/x", headers={"range": range_}), "a/b", b"0123456789")


@pytest.mark.parametrize(
    ("range_", "content", "told"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=5-99", b"56789", "bytes 5-9/10"),
        ("bytes=-99", b"0123456789", "bytes 0-9/10"),
    ],
)
def test_ranges(range_, content, told):
    answer = ranged(range_)
    assert (answer.status, answer.body) == (206, content)
    assert answer.headers["Content-Range"] == told


@pytest.mark.parametrize("range_", ["", "bytes=-", "bytes=1-2,4-5", "lines=1-2", "bytes=a-b"])
def test_other_ranges_are_ignored(range_):
    answer = ranged(range_)
    assert (answer.status, answer.body) == (200, b"0123456789")
    assert answer.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize("range_", ["bytes=10-", "bytes=5-4", "bytes=-0"])
def test_ranges_outside(range_):
    answer = ranged(range_)
    assert (answer.status, answer.headers["Content-Range"]) == (416, "bytes */10")


# From the link in an event to the content.


def fetch(harness: Harness, uri: str, token: str, **headers: Any) -> Answer:
    assert uri.startswith(harness.service.base)
    path = uri.removeprefix(harness.service.base)
    return harness.http("GET", path, authorization=f"Bearer {token}", **headers)


@pytest.mark.parametrize(
    ("event", "first"), [("voicemail", b"RIFF"), ("fax", b"%PDF"), ("sms", b"Are we")]
)
def test_the_links_of_events_and_records_are_served(event, first):
    harness = Harness()
    harness.service.base = "http://127.0.0.1:8080"
    harness.subscribed(
        f"{STORE}/instant?type=SMS", f"{EXTENSION}/voicemail", f"{EXTENSION}/fax?direction=Inbound"
    )
    harness.send(event)
    token = harness.log_in()
    (told,) = harness.events()
    (record,) = harness.get(STORE, token).body["records"]
    (attachment,), (recorded,) = told["body"]["attachments"], record["attachments"]
    assert attachment["uri"] == recorded["uri"]
    answer = fetch(harness, attachment["uri"], token)
    assert answer.status == 200
    assert answer.payload().startswith(first)
    assert answer.headers["X-Rate-Limit-Group"] == "medium"
    assert fetch(harness, attachment["uri"], token, range="bytes=0-1").payload() == first[:2]


def test_what_a_client_sent_is_served():
    harness = Harness()
    token = harness.log_in()
    sent: Any = harness.http(
        "POST",
        f"{EXTENSION}/mms",
        body=FORM,
        authorization=f"Bearer {token}",
        content_type="multipart/form-data; boundary=b",
    ).body
    path = sent["attachments"][1]["uri"].removeprefix("http://127.0.0.1:8080")
    answer = harness.get(path, token)
    assert (answer.headers["Content-Type"], answer.payload()) == ("image/png", b"PNG")


@pytest.mark.parametrize("path", ["1/content/1", "{id}/content/1"])
def test_what_is_not_there(path):
    harness = Harness()
    token = harness.log_in()
    harness.send("voicemail")
    (record,) = harness.get(STORE, token).body["records"]
    answer = harness.get(f"{STORE}/{path.format(id=record['id'])}", token)
    assert (answer.status, code_of(answer)) == (404, "CMN-102")


def test_content_does_not_come_over_the_socket():
    harness = Harness()
    harness.connect()
    harness.send("voicemail")
    (record,) = harness.get(STORE, harness.log_in()).body["records"]
    part = record["attachments"][0]["id"]
    path = f"/restapi/v1.0/account/~/extension/{ADA.id}/message-store/{record['id']}/content/{part}"
    meta, _ = harness.ask(1, "GET", path)
    assert meta["status"] == 400


@pytest.mark.parametrize(
    ("twin", "host", "media"),
    [
        (True, "platform.localhost:8080", "media.localhost:8080"),
        (True, "127.0.0.1:8080", "127.0.0.1:8080"),
        (False, "platform.localhost:8080", "platform.localhost:8080"),
    ],
)
def test_attachments_have_a_host_of_their_own_by_option(twin, host, media):
    harness = Harness(media_twin=twin)
    harness.service.base = f"http://{host}"
    harness.subscribed(f"{EXTENSION}/voicemail")
    harness.send("voicemail")
    token = harness.log_in()
    (event,) = harness.events()
    page = harness.http("GET", STORE, authorization=f"Bearer {token}", host=host)
    (record,) = page.body["records"]
    assert record["uri"].startswith(f"http://{host}/")
    for message in (event["body"], record):
        assert message["attachments"][0]["uri"].startswith(f"http://{media}/restapi/")
