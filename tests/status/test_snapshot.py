from rc_tail.status.snapshot import Condition, Snapshot, Watchers


class Recorder:
    def __init__(self, due: float | None = None) -> None:
        self.due = due
        self.seen: list[tuple[Condition, float]] = []
        self.is_ready = self.has_ended = False

    def ready(self) -> None:
        self.is_ready = True

    def deadline(self) -> float | None:
        return self.due

    def look(self, snapshot: Snapshot, now: float) -> None:
        self.seen.append((snapshot.condition, now))

    def end(self) -> None:
        self.has_ended = True


def watchers(*recorders: Recorder) -> Watchers:
    return Watchers(recorders, lambda now: Snapshot(Condition.LIVE, last_frame=now))


def test_everybody_sees_a_change_at_once():
    patient, eager = Recorder(), Recorder(due=5.0)
    both = watchers(patient, eager)
    both.look(1, Condition.CONNECTING)
    both.look(2, Condition.CONNECTING)
    both.look(3, Condition.LIVE)
    assert [now for _, now in patient.seen] == [now for _, now in eager.seen] == [1, 3]


def test_who_wants_to_see_more_is_shown_more():
    patient, eager = Recorder(), Recorder(due=5.0)
    both = watchers(patient, eager)
    both.look(1, Condition.LIVE)
    assert both.deadline() == 5.0
    both.look(5, Condition.LIVE)
    assert len(patient.seen) == 1
    assert len(eager.seen) == 2


def test_no_client_has_no_deadline():
    assert watchers().deadline() is None
    assert watchers(Recorder()).deadline() is None


def test_all_listeners_learn_of_the_beginning_and_the_end():
    one, two = Recorder(), Recorder()
    both = watchers(one, two)
    both.ready()
    both.end()
    assert one.is_ready
    assert two.has_ended
