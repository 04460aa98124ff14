"""Which event of the spool standard output prints next, whatever either of them has lost."""

from hypothesis import given
from hypothesis import strategies as st

from rc_tail.tail.printed_position import PrintedPosition


def test_without_a_loss_it_is_the_number_of_printed_events():
    position = PrintedPosition(3, 5)
    position.put(4, 4)
    assert [position.after(printed) for printed in range(7)] == [3, 4, 5, 6, 7, 8, 9]


def test_what_was_printed_and_is_not_in_the_spool_has_no_position():
    position = PrintedPosition(0, 0)
    position.put(3, 1)
    position.put(2, 2)
    assert [position.after(printed) for printed in range(6)] == [0, 1, 1, 1, 2, 3]


def test_what_standard_output_has_lost_is_passed_with_the_next_printed_event():
    position = PrintedPosition(0, 0)
    position.put(1, 3)
    position.put(2, 2)
    assert [position.after(printed) for printed in range(4)] == [0, 1, 4, 5]


BATCHES = st.lists(
    st.integers(1, 4).flatmap(
        lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(0, n))
    ),
    max_size=8,
)


@given(st.integers(0, 3), st.integers(0, 3), BATCHES)
def test_nothing_is_printed_twice_and_nothing_skipped_that_could_be_printed(
    start: int, left: int, batches: list[tuple[int, int, int]]
):
    # Every event by its number, in the order of each of the two.
    printed, spooled = list(range(left)), list(range(-start, left))
    position = PrintedPosition(start, start + left)
    number = left
    for count, is_printed, is_spooled in batches:
        printed += range(number, number + is_printed)
        spooled += range(number, number + is_spooled)
        number += count
        position.put(is_printed, is_spooled)
    for done in range(len(printed) + 1):
        before, after = spooled[: position.after(done)], spooled[position.after(done) :]
        # The next run prints what follows the position.
        assert not set(printed[:done]) & set(after)
        assert not set(printed[done:]) & set(before)
