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

    def __init__(self, *bad: str, code: str = "SUB-508", disabled: Sequence[str] = ()) -> None:
        self.bad, self.code, self.disabled = bad, code, disabled
        self.requested: list[list[str]] = []

    def __call__(self, filters: Sequence[str]) -> Response:
        self.requested.append(list(filters))
        if set(filters) & set(self.bad):
            return Response("1", 400, {"errorCode": self.code, "message": "it is invalid"})
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
    assert (trial.accepted, trial.refused, trial.untried) == (4, [], [])
    assert trial.active == ["A", "B", "C", "D"]
    assert len(gateway.requested) == 1


def test_those_that_are_not_active_are_told():
    trial = FilterTrial(Gateway(disabled=["b"]))
    assert trial.run("abc") is None
    assert trial.refused == [RefusedFilter("b", "SUB-412", "no")]
    assert trial.accepted == 2


@pytest.mark.parametrize("bad", ["a", "c", "h", "ah"])
def test_halves_show_which_are_refused(bad):
    gateway = Gateway(*bad)
    trial = FilterTrial(gateway)
    # All of them at once would be refused.
    assert isinstance(trial.run("abcdefgh"), FiltersRefusedError)
    assert trial.refused == [RefusedFilter(b, "SUB-508", "it is invalid") for b in bad]
    assert trial.accepted == 8 - len(bad)
    assert len(gateway.requested) <= 4 * len(bad) + 3


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


def test_there_are_only_so_many_requests():
    gateway = Gateway(*"abcdefgh")
    trial = FilterTrial(gateway, most=4)
    assert trial.run("abcdefgh") is not None
    assert len(gateway.requested) == 4
    assert set(trial.untried) | {refused.event_filter for refused in trial.refused} == set(
        "abcdefgh"
    )


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
