import time

import pytest

from rc_tail.text.wording import count_words, duration_words, local_time, utc_stamp

START = 1_772_443_800.0  # 2026-03-02T09:30:00Z


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.04, "0 s"),
        (4.2, "4.2 s"),
        (30, "30 s"),
        (59.94, "59.9 s"),
        (60, "1 min"),
        (185.4, "3 min 5 s"),
        (3599.6, "1 h"),
        (7800, "2 h 10 min"),
        (90_000, "25 h"),
    ],
)
def test_durations_in_words(seconds, words):
    assert duration_words(seconds) == words


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 events"), (1, "1 event"), (2, "2 events"), (100, "100 events")]
)
def test_counts_in_words(count, words):
    assert count_words(count, "event") == words


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (START, "2026-03-02T09:30:00.000Z"),
        (START + 0.25, "2026-03-02T09:30:00.250Z"),
        (0, "1970-01-01T00:00:00.000Z"),
    ],
)
def test_stamps(moment, text):
    assert utc_stamp(moment) == text


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("UTC", "2026-03-02 09:30:00+00:00"),
        ("XST-1", "2026-03-02 10:30:00+01:00"),
        ("XST+3:30", "2026-03-02 06:00:00-03:30"),
    ],
)
def test_people_are_told_their_own_time(zone, shown, monkeypatch):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert local_time(START + 0.9) == shown
    finally:
        monkeypatch.undo()
        time.tzset()
