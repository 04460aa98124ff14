import pytest

from rc_tail.errors import RateLimitedError
from tests.doctor.conftest import variables


def limited(*waits: float | None):
    """What refuses as often as there are waits."""
    left = list(waits)
    asked: list[None] = []

    def ask() -> str:
        asked.append(None)
        if left:
            raise RateLimitedError("the limit is spent", retry_after=left.pop(0))
        return "granted"

    return ask, asked


def road_of(doctor):
    return doctor.examination("sms", environ=variables("http://127.0.0.1:1"))


def test_what_is_granted_at_once_is_not_waited_for(doctor):
    examination, _, waits = road_of(doctor)
    ask, _ = limited()
    assert examination.retry_after_limit(ask) == "granted"
    assert waits == []


def test_a_short_wait_is_waited_and_reported(doctor):
    examination, stream, waits = road_of(doctor)
    ask, asked = limited(12)
    assert examination.retry_after_limit(ask) == "granted"
    # A little more than asked for, so that the call does not come too early.
    assert waits == [12.5]
    assert len(asked) == 2
    assert "waiting 13 s: the limit is spent (Ctrl-C to stop)" in stream.getvalue()


@pytest.mark.parametrize(
    ("waits", "calls"),
    [((None,), 1), ((76,), 1), ((3600,), 1), ((1, 1), 2)],
    ids=["not said", "too long", "far too long", "again"],
)
def test_a_penalty_is_not_prolonged(doctor, waits, calls):
    examination, _, waited = road_of(doctor)
    ask, asked = limited(*waits)
    with pytest.raises(RateLimitedError):
        examination.retry_after_limit(ask)
    assert len(asked) == calls
    assert len(waited) == calls - 1
