import re
from random import Random

from rc_tail.simulator.service.ids import Ids

NOW = 1_772_443_800.5


def ids(seed: int = 1, now: float = NOW) -> Ids:
    return Ids(Random(seed).getrandbits, now)


def test_tokens_are_url_safe():
    # SDKs put them into a query as they are.
    assert re.fullmatch(r"AT-[A-Za-z0-9_-]{40}", ids().token("AT-"))


def test_uuids_are_of_version_four():
    pattern = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    assert all(re.fullmatch(pattern, ids(seed).uuid()) for seed in range(50))


def test_notifications_have_up_to_19_digits_and_do_not_repeat():
    made = ids()
    numbers = [made.notification() for _ in range(1000)]
    assert len(set(numbers)) == 1000
    assert all(len(number) == 19 for number in numbers)


def test_a_restarted_simulator_does_not_repeat_the_one_before():
    before = ids(now=NOW)
    last = [before.notification() for _ in range(100)][-1]
    assert int(ids(now=NOW + 0.001).notification()) > int(last)


def test_records_and_calls_are_numbers_that_javascript_can_hold():
    made = ids()
    assert 2**31 < int(made.record()) < 2**53
    assert int(made.call()) + 1 == int(made.call())
    assert re.fullmatch(r"[0-9a-f]{32}", made.telephony())
