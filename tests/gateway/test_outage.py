import pytest

from rc_tail.gateway.commands import Gap
from rc_tail.gateway.outage import Outage


def test_without_one_there_is_no_gap():
    assert Outage().end(5, recovered=True, buffer=100) == []


def test_it_lasts_from_its_beginning_to_its_report():
    outage = Outage()
    outage.begin(10, "cut", unsure=False, lost_at=15)
    outage.begin(20, "cut again", unsure=False, lost_at=21)
    outage.replayed += 2
    assert outage.since == 10
    told = Gap(10, 30, "cut", recovered=True, replayed=2, lost_at=15)
    assert outage.end(30, recovered=True, buffer=100) == [told]
    assert outage.since is None
    outage.begin(40, "another", unsure=False, lost_at=40)
    assert outage.end(41, recovered=False, buffer=100) == [Gap(40, 41, "another", recovered=False)]


@pytest.mark.parametrize(
    ("recovered", "replayed", "buffer", "overflow"),
    [
        (True, 99, 100, False),
        (True, 100, 100, True),
        (True, 100, None, False),
        (False, 100, 100, False),
    ],
)
def test_a_full_buffer_may_have_lost_the_oldest(recovered, replayed, buffer, overflow):
    outage = Outage(10, "cut")
    outage.replayed = replayed
    (gap,) = outage.end(30, recovered=recovered, buffer=buffer)
    assert gap.overflow is overflow


def test_copies_fill_the_buffer_as_well():
    outage = Outage(10, "cut")
    outage.replayed, outage.copies = 40, 60
    (gap,) = outage.end(30, recovered=True, buffer=100)
    assert (gap.replayed, gap.overflow) == (40, True)
    outage.begin(40, "cut", unsure=False, lost_at=40)
    assert not outage.end(41, recovered=True, buffer=100)[0].overflow


def test_what_an_earlier_run_left_is_unsure_once():
    outage = Outage(10, "killed", unsure=True)
    assert outage.end(30, recovered=True, buffer=100)[0].unsure
    outage.begin(40, "cut", unsure=False, lost_at=40)
    assert not outage.end(41, recovered=True, buffer=100)[0].unsure


def test_what_was_on_its_way_at_any_cut_may_be_missing():
    outage = Outage()
    outage.begin(10, "closed", unsure=False, lost_at=10)
    outage.begin(11, "cut", unsure=True, lost_at=11)
    outage.begin(12, "closed again", unsure=False, lost_at=12)
    assert outage.end(30, recovered=True, buffer=100)[0].unsure
    outage.begin(40, "cut", unsure=True, lost_at=40)
    # What is not recovered is missing as a whole.
    assert not outage.end(41, recovered=False, buffer=100)[0].unsure


@pytest.mark.parametrize(
    ("outage", "window", "longer"),
    [
        (Outage(), 5, False),
        (Outage(10), 5, True),
        (Outage(10), 20, False),
        (Outage(10), None, False),
        # Events may be missing for longer than nothing was heard.
        (Outage(10, heard_at=26), 5, False),
        (Outage(10, heard_at=24), 5, True),
    ],
)
def test_whether_the_service_can_still_recover_it(outage, window, longer):
    assert outage.lasts_longer(30, window) is longer


def test_what_an_earlier_run_heard_last_says_nothing_of_a_later_outage():
    outage = Outage(10, "killed", heard_at=26)
    outage.end(30, recovered=True, buffer=100)
    assert not outage.lasts_longer(99, 5)
    outage.begin(40, "cut", unsure=False, lost_at=40)
    assert not outage.lasts_longer(45, 5)
    assert outage.lasts_longer(46, 5)
