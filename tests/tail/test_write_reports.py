"""Which reports of the writer wake the main thread."""

import pytest

from rc_tail.errors import SinkError
from rc_tail.gateway.messages import Notification
from rc_tail.sinks.reports import EventsLost, SinkReport, WriteFailed, WriterCrashed, Written
from rc_tail.tail.mailbox import Mailbox
from rc_tail.tail.write_reports import WriteReports

EVENTS = [Notification(name, "/e", "", b"{}") for name in "abc"]
FIRST, SECOND = Written(2, EVENTS[:2]), Written(3, EVENTS[2:])


def received(mailbox: Mailbox) -> list[object]:
    events: list[object] = []
    while (event := mailbox.get(0)) is not None:
        events.append(event)
    return events


@pytest.mark.parametrize(
    ("each", "limit", "expected", "latest"),
    [
        (True, None, [FIRST, SECOND], Written(0)),
        (False, None, [], SECOND),
        (False, 3, [SECOND], FIRST),
        (False, 2, [FIRST, SECOND], Written(0)),
    ],
)
def test_without_a_need_for_each_only_the_latest_number_is_kept(each, limit, expected, latest):
    mailbox = Mailbox()
    reports = WriteReports(mailbox, each=each, limit=limit)
    reports.put(FIRST)
    reports.put(SECOND)
    assert received(mailbox) == expected
    assert mailbox.written == latest


@pytest.mark.parametrize(
    "report",
    [
        EventsLost(3, "the queue is full"),
        WriteFailed(SinkError("the disk is full")),
        WriterCrashed(ZeroDivisionError("a bug")),
    ],
)
def test_everything_else_arrives(report: SinkReport):
    mailbox = Mailbox()
    WriteReports(mailbox, each=False).put(report)
    assert received(mailbox) == [report]
