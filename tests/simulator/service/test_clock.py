import time

from rc_tail.simulator.service.clock import Clock


def test_clock_shows_the_time_and_goes_forward():
    before = time.time()
    clock = Clock()
    first, second = clock(), clock()
    assert first <= second
    # Generous: only the order of magnitude is its business.
    assert abs(first - before) < 3600
