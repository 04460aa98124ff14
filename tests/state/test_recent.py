from hypothesis import given
from hypothesis import strategies as st

from rc_tail.state.recent import RecentTexts


def test_the_latest_are_kept_and_the_newest_is_last():
    latest = RecentTexts(3, 100, ["a", "b", "c", "d"])
    assert latest.all() == ("b", "c", "d")
    latest.add("b")
    assert latest.all() == ("c", "d", "b")
    latest.most = 2
    latest.add("e")
    assert latest.all() == ("b", "e")


def test_long_texts_push_out_what_is_older_and_do_not_stay_themselves():
    latest = RecentTexts(10, 8, ["one", "two"])
    latest.add("four")
    assert latest.all() == ("two", "four")
    latest.add("much too long")
    assert latest.all() == ()
    latest.add("one")
    assert latest.all() == ("one",)


def test_it_is_known_up_to_when_some_were_forgotten():
    latest = RecentTexts(2, 100, ["a"], at=1.0)
    latest.add("b", 2.0)
    assert latest.forgotten is None
    # Again, and newer: it is the other one that goes.
    latest.add("a", 3.0)
    latest.add("c", 4.0)
    assert latest.forgotten == 2.0
    latest.forget(1.5)
    latest.forget(None)
    assert latest.forgotten == 2.0
    latest.forget(5.0)
    assert latest.forgotten == 5.0


@given(st.lists(st.text("ab", max_size=3)), st.integers(1, 5))
def test_any_texts_are_bounded_and_none_of_the_latest_is_forgotten(texts: list[str], most: int):
    latest = RecentTexts(most, 1000)
    for text in texts:
        latest.add(text)
    expected = list(dict.fromkeys(reversed(texts)))[:most]
    assert list(reversed(latest.all())) == expected
