from pathlib import Path
from typing import Any

import pytest

from rc_tail.errors import UsageError
from rc_tail.gateway.messages import Notification
from rc_tail.sinks.nats_address import (
    NatsAddress,
    covers,
    parse_nats_address,
    server_text,
    subject_of,
)


def parsed(text: str) -> NatsAddress:
    return parse_nats_address(text, allows_plain=False)


def test_servers_stream_and_parameters():
    address = parsed(
        "tls://me@a.example,b.example:4333,[::1]:7/EVENTS?subject=x.{kind}&create=1&window=2h"
        "&replicas=3&max_age=72h&max_bytes=1000&credentials="
        "/etc/creds"
    )
    assert address == NatsAddress(
        (("a.example", 4222), ("b.example", 4333), ("::1", 7)),
        is_encrypted=True,
        user="me",
        stream="EVENTS",
        subject="x.{kind}",
        creates=True,
        window=7200.0,
        replicas=3,
        max_age=72 * 3600.0,
        max_bytes=1000,
        credentials=Path("/etc/creds"),
    )
    assert address.hosts == "a.example:4222,b.example:4333,[::1]:7"
    assert (address.pattern, address.made_subjects) == ("x.*", ["x.*"])


def test_what_is_not_said_has_the_usual_values():
    address = parsed("nats://localhost/EVENTS?max_age=&max_bytes=")
    assert address == NatsAddress(
        (("localhost", 4222),), is_encrypted=False, user="", stream="EVENTS"
    )
    assert (address.pattern, address.made_subjects) == ("rc.*.*.*", ["rc.>"])
    assert server_text(*address.servers[0]) == "localhost:4222"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nats://localhost", "names no stream"),
        ("nats://localhost/", "names no stream"),
        ("nats://localhost/A.B", "names no stream"),
        ("nats://localhost/A/B", "names no stream"),
        ("nats:///A", "invalid server"),
        ("nats://[::1/A", "invalid address"),
        ("nats://a[b]:1/A", "invalid"),
        ("nats://localhost/A?credentials=%00x", "credentials requires a file name"),
        ("nats://localhost:0x1/A", "invalid server"),
        ("nats://localhost:99999/A", "invalid server"),
        ("nats://localhost,/A", "invalid server"),
        ("nats://a b/A", "invalid server"),
        ("nats://me:s3cret@localhost/A", "contains a password"),
        ("nats://@localhost/A", "no user"),
        ("nats://example.com/A", "not encrypted"),
        ("nats://localhost,example.com/A", "not encrypted"),
        ("nats://localhost/A?colour=red", "unknown parameter 'colour'"),
        ("nats://localhost/A?create=yes", "create is 0 or 1"),
        ("nats://localhost/A?create=1&create=1", "create is given twice"),
        ("nats://localhost/A?window=1", "window: invalid duration"),
        ("nats://localhost/A?window=", "window: invalid duration"),
        ("nats://localhost/A?replicas=6", "not a number from 1 to 5"),
        ("nats://localhost/A?max_bytes=-1", "is not a number"),
        ("nats://localhost/A?max_bytes=99999999999999999999999", "is not a number"),
        ("nats://localhost/A?max_age=1h", "max_age is shorter than the window"),
        ("nats://localhost/A?credentials=", "credentials requires a file name"),
        ("nats://localhost/A?subject=", "invalid subject"),
        ("nats://localhost/A?subject=rc..x", "invalid subject"),
        ("nats://localhost/A?subject=rc.*", "invalid subject"),
        ("nats://localhost/A?subject=rc.%3E", "invalid subject"),
        ("nats://localhost/A?subject=rc.{colour}", "invalid subject"),
        ("nats://localhost/A?subject=%24JS.x", "invalid subject"),
        ("nats://localhost/A?subject={account}.{kind}", "must begin with a fixed word"),
    ],
)
def test_what_cannot_be_is_refused(text: str, words: str):
    with pytest.raises(UsageError) as caught:
        parsed(text)
    assert words in caught.value.message
    assert "s3cret" not in caught.value.message + caught.value.hint


def test_plain_connections_to_other_machines_can_be_allowed():
    assert parse_nats_address("nats://example.com/A", allows_plain=True).hosts == "example.com:4222"


@pytest.mark.parametrize(
    ("event", "subject"),
    [
        ("/restapi/v1.0/account/1/extension/2/message-store/instant?type=SMS", "rc.1.2.sms"),
        ("/restapi/v1.0/account/~/extension/~/presence", "rc._._.presence"),
        ("/team-messaging/v1/posts", "rc._._.team-posts"),
        ("/restapi/v1.0/account/12/extension/2/no/such", "rc.12.2.other"),
        ("", "rc._._.other"),
        ("/restapi/v1.0/account/{accountId}/presence", "rc._._.account-presence"),
    ],
)
def test_subjects(event: str, subject: str):
    notification = Notification("1", event, "2026-03-02T09:36:00.000Z", b"{}")
    assert subject_of("rc.{account}.{extension}.{kind}", notification) == subject
    assert subject_of("all", notification) == "all"


@pytest.mark.parametrize(
    ("stream", "pattern", "does"),
    [
        ("rc.>", "rc.*.*.*", True),
        (">", "rc", True),
        ("rc.>", "rc", False),
        ("rc.*", "rc.*", True),
        ("rc.*", "rc.x", True),
        ("rc.x", "rc.*", False),
        ("rc.*", "rc.*.*", False),
        ("rc.*.*", "rc.*", False),
        ("other.>", "rc.*", False),
    ],
)
def test_whether_a_stream_takes_a_subject(stream: str, pattern: str, does: Any):
    assert covers(stream, pattern) is does
