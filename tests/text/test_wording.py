import pytest

from rc_tail.text.wording import count_words, duration_words, size_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.04, "0 s"),
        (4.2, "4.2 s"),
        (30, "30 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min"),
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
    ("count", "words"),
    [(0, "0 events"), (1, "1 event"), (2, "2 events"), (100, "100 events"), (1.5, "1.5 events")],
)
def test_counts_in_words(count, words):
    assert count_words(count, "event") == words


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (31_400, "31 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (2_400_044, "2.4 MB"),
        (4 * 1024**3, "4.3 GB"),
        (10**15, "1000000 GB"),
    ],
)
def test_sizes(size, words):
    assert size_words(size) == words
