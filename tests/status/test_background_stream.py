import io
import threading
from functools import partial

from rc_tail.status.background_stream import MOST, BackgroundStream


def nowhere(text: str) -> None: ...


def test_calls_are_made_in_order():
    stream = BackgroundStream(nowhere)
    done: list[int] = []
    for number in range(100):
        stream.do(partial(done.append, number))
    assert stream.close(10)
    assert done == list(range(100))
    assert stream.dropped == 0


def test_a_stalled_reader_does_not_stall_the_writer():
    stream = BackgroundStream(nowhere)
    go_on = threading.Event()
    done: list[int] = []
    stream.do(go_on.wait)
    for number in range(MOST + 10):
        stream.do(partial(done.append, number))
    assert stream.dropped > 0
    assert not stream.close(0.01)
    go_on.set()
    assert stream.close(10)
    assert done == list(range(MOST + 10 - stream.dropped))


def test_texts_are_written_in_order():
    written: list[str] = []
    stream = BackgroundStream(written.append)
    assert stream.write("a\n") == 2
    stream.flush()
    stream.write("b\n")
    assert stream.close(10)
    assert written == ["a\n", "b\n"]


def test_a_closed_stream_is_ignored():
    closed = io.StringIO()
    closed.close()
    stream = BackgroundStream(closed.write)
    stream.write("a\n")
    done: list[int] = []
    stream.do(lambda: done.append(1))
    assert stream.close(10)
    assert done == [1]
