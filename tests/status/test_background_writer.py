import io
import threading
from functools import partial

from rc_tail.status.background_writer import MOST, BackgroundStream, BackgroundWriter


def test_things_are_done_in_order():
    aside = BackgroundWriter()
    done: list[int] = []
    for number in range(100):
        aside.do(partial(done.append, number))
    assert aside.close(10)
    assert done == list(range(100))
    assert aside.left_out == 0


def test_whoever_is_stalled_stalls_nobody_else():
    aside = BackgroundWriter()
    go_on = threading.Event()
    done: list[int] = []
    aside.do(go_on.wait)
    for number in range(MOST + 10):
        aside.do(partial(done.append, number))
    assert aside.left_out > 0
    assert not aside.close(0.01)
    go_on.set()
    assert aside.close(10)
    assert done == list(range(MOST + 10 - aside.left_out))


def test_a_stream_is_written_aside():
    aside = BackgroundWriter()
    stream = io.StringIO()
    beside = BackgroundStream(stream, aside)
    assert beside.write("a\n") == 2
    beside.flush()
    beside.write("b\n")
    assert aside.close(10)
    assert stream.getvalue() == "a\nb\n"


def test_a_stream_that_is_gone_is_no_matter():
    aside = BackgroundWriter()
    stream = io.StringIO()
    stream.close()
    BackgroundStream(stream, aside).write("a\n")
    done: list[int] = []
    aside.do(lambda: done.append(1))
    assert aside.close(10)
    assert done == [1]
