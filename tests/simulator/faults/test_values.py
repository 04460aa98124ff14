import pytest

from rc_tail.errors import UsageError
from rc_tail.simulator.faults.values import between, duration, one_of, seconds


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (one_of(("a", "b")), "b", "b"),
        (between(1, 3), "3", 3),
        (between(-5, 5), "-5", -5),
        (duration, "100ms", 0.1),
        (seconds, "0", 0),
        (seconds, "none", None),
    ],
)
def test_what_fits(read, text, value):
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (one_of(("a", "b")), "c"),
        (between(1, 3), "4"),
        (between(1, 3), "x"),
        (seconds, "-1"),
        (seconds, "soon"),
    ],
)
def test_what_does_not(read, text):
    with pytest.raises(ValueError, match=r"^$|invalid literal"):
        read(text)


def test_durations_need_a_unit():
    with pytest.raises(UsageError):
        duration("3")
