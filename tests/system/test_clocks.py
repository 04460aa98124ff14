"""The clocks and the randomness of a running program."""

import time
from datetime import timedelta

from rc_tail.system.clocks import clock, moment_of, random_key, sleep, uniform, utc_now, wall_of


def test_the_clock_never_goes_back():
    readings = [clock() for _ in range(1000)]
    assert readings == sorted(readings)


def test_the_clock_counts_seconds_as_the_monotonic_one_does():
    # The two may differ by the time that the machine slept, which a test cannot bring about.
    before = clock() - time.monotonic()
    assert abs((clock() - time.monotonic()) - before) < 5


def test_a_moment_has_a_unix_time():
    now = clock()
    assert abs(wall_of(now) - time.time()) < 5
    assert abs((wall_of(now) - wall_of(now - 3600)) - 3600) < 5


def test_a_unix_time_has_a_moment():
    now = time.time()
    assert abs(moment_of(now) - clock()) < 5
    assert abs(wall_of(moment_of(now - 86400)) - (now - 86400)) < 5


def test_the_current_time_has_a_zone():
    assert utc_now().utcoffset() == timedelta(0)
    assert abs(utc_now().timestamp() - time.time()) < 5


def test_keys_differ():
    assert len({random_key() for _ in range(10)}) == 10
    assert len(random_key()) == 16


def test_random_numbers_lie_between_their_bounds():
    numbers = [uniform(2.0, 3.0) for _ in range(100)]
    assert all(2.0 <= number <= 3.0 for number in numbers)
    assert len(set(numbers)) > 1
    assert uniform(4.0, 4.0) == 4.0


def test_sleeping_takes_no_less_than_was_said():
    before = clock()
    sleep(0.01)
    assert clock() - before >= 0.009
