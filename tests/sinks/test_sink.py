import pytest

from rc_tail.sinks.sink import Sink


def test_a_sink_needs_only_to_deliver():
    sink = Sink()
    with pytest.raises(NotImplementedError):
        sink.deliver(())
    sink.open()
    sink.hurry()
    sink.kill()
    sink.close()
    assert (sink.most, sink.finishes, sink.waits_for()) == (1, False, "")
