from collections.abc import Sequence

import pytest

from rc_tail.doctor.filter_trial import FilterTrial, RefusedFilter
from rc_tail.errors import (
    BusyError,
    FiltersRefusedError,
    PermissionMissingError,
    TemporaryError,
    TokenExpiredError,
)
from rc_tail.gateway.messages import Response


class Gateway:
    """Refuses everything while one of its bad filters is among what is asked."""

    def __init__(
        self, *bad: str, code: str = "SUB-508", named: bool = True, disabled: Sequence[str] = ()
    ) -> None:
        self.bad, self.code, self.named, self.disabled = bad, code, named, disabled
        self.requested: list[list[str]] = []

    def __call__(self, filters: Sequence[str]) -> Response:
        self.requested.append(list(filters))
        if set(filters) & set(self.bad):
            named = ", ".join(f for f in filters if f in self.bad)
            message = f"Event filters [{named}] are invalid" if self.named else "no"
            return Response("1", 400, {"errorCode": self.code, "message": message})
        off = [f for f in filters if f in self.disabled]
        body = {
            "id": "s-1",
            "eventFilters": [f.upper() for f in filters if f not in off],
            "disabledFilters": [{"filter": f, "reason": "SUB-412", "message": "no"} for f in off],
        }
        return Response("1", 200, body)


def test_all_are_accepted_with_one_request():
    gateway = Gateway()
    trial = FilterTrial(gateway)
    assert trial.run("abcd") is None
    assert (trial.accepted, trial.refused) == (4, [])
    assert trial.active == ["A", "B", "C", "D"]
    assert len(gateway.requested) == 1


def test_those_that_are_not_active_are_reported():
    trial = FilterTrial(Gateway(disabled=["b"]))
    assert trial.run("abc") is None
    assert trial.refused == [RefusedFilter("b", "SUB-412", "no")]
    assert trial.accepted == 2


@pytest.mark.parametrize("bad", ["a", "c", "h", "ah"])
def test_invalid_ones_are_named_and_the_others_tried_without_them(bad):
    gateway = Gateway(*bad)
    trial = FilterTrial(gateway)
    # All of them at once would be refused.
    assert isinstance(trial.run("abcdefgh"), FiltersRefusedError)
    words = f"Event filters [{', '.join(bad)}] are invalid"
    assert trial.refused == [RefusedFilter(b, "SUB-508", words) for b in bad]
    assert trial.accepted == 8 - len(bad)
    assert len(gateway.requested) == 2


def test_a_refusal_that_names_none_is_not_repeated():
    gateway = Gateway("b", code="CMN-101", named=False)
    trial = FilterTrial(gateway)
    assert isinstance(trial.run("abc"), FiltersRefusedError)
    assert (trial.refused, trial.accepted, len(gateway.requested)) == ([], 0, 1)


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ("Event filters [/a/b] are invalid", ["/a/b"]),
        ("Event filters [/a/b/c,/a?x=[1]] are invalid", ["/a/b/c"]),
        ("Event filters [/a?x=1&y=2, /a/b] are invalid", ["/a/b", "/a?x=1&y=2"]),
        ("/a/b is invalid", []),
        ("[SubscriptionX] is needed", []),
    ],
)
def test_only_whole_filters_in_brackets_are_named(message, named):
    body = {"errorCode": "SUB-508", "message": message}
    trial = FilterTrial(lambda filters: Response("1", 400, body))
    trial.run(["/a/b", "/a/b/c", "/a?x=1&y=2"])
    first = [refused.event_filter for refused in trial.refused[: len(named)]]
    assert first == named


def test_a_second_refusal_accepts_nothing():
    answers = iter(["Event filters [a] are invalid", "no"])
    trial = FilterTrial(
        lambda filters: Response("1", 403, {"errorCode": "SUB-405", "message": next(answers)})
    )
    assert isinstance(trial.run("abc"), FiltersRefusedError)
    assert [refused.event_filter for refused in trial.refused] == ["a"]
    assert trial.accepted == 0


def test_all_are_refused():
    trial = FilterTrial(Gateway("a", "b"))
    error = trial.run("ab")
    assert isinstance(error, FiltersRefusedError)
    assert [refused.event_filter for refused in trial.refused] == ["a", "b"]


def test_all_are_accepted_and_none_is_active():
    trial = FilterTrial(Gateway(disabled="ab"))
    error = trial.run("ab")
    assert isinstance(error, FiltersRefusedError)
    assert len(trial.refused) == 2


def test_a_refusal_without_words():
    trial = FilterTrial(lambda filters: Response("1", 403, {}))
    assert isinstance(trial.run("a"), FiltersRefusedError)
    assert trial.refused == [RefusedFilter("a", "", "status 403")]


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (401, "OAU-213", TokenExpiredError),
        (403, "SUB-505", BusyError),
        (403, "SUB-528", PermissionMissingError),
        (429, "CMN-301", TemporaryError),
        (503, "CMN-203", TemporaryError),
    ],
)
def test_what_is_not_of_the_filters_ends_it(status, code, error):
    asked = []

    def refuse(filters):
        asked.append(filters)
        return Response("1", status, {"errorCode": code, "message": "no"})

    with pytest.raises(error):
        FilterTrial(refuse).run("ab")
    assert len(asked) == 1


def test_a_permission_is_of_a_filter():
    assert isinstance(FilterTrial(Gateway("a", code="CMN-401")).run("a"), PermissionMissingError)


@pytest.mark.parametrize(
    ("code", "line"), [("SUB-412", "sms is refused: no (SUB-412)"), ("", "sms is refused: no")]
)
def test_refusals_in_words(code, line):
    assert RefusedFilter("/a", code, "no").described("sms") == line
