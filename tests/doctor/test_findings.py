import pytest

from rc_tail.doctor.findings import Outcome, StepReport, failed, ok, skipped, warning
from rc_tail.errors import AuthError, ExitStatus, PermissionMissingError


def mask(text: str) -> str:
    return text.replace("secret", "***")


@pytest.mark.parametrize(
    ("finding", "outcome", "fails"),
    [
        (ok("fine"), Outcome.OK, False),
        (warning("odd", "a line", hint="look"), Outcome.WARNING, False),
        (skipped("nothing"), Outcome.SKIPPED, False),
        (failed(AuthError("no")), Outcome.FAILED, True),
    ],
)
def test_outcomes(finding, outcome, fails):
    assert (finding.outcome, finding.failed) == (outcome, fails)
    assert (finding.status is ExitStatus.OK) is not fails


def test_a_failure_says_what_the_error_says():
    error = PermissionMissingError("refused", hint="ask for it", code="CMN-401")
    finding = failed(error, "a line", more=1)
    assert (finding.words, finding.hint, finding.status) == ("refused", "ask for it", 77)
    assert finding.details == ("a line",)
    assert finding.fields == {"code": "CMN-401", "more": 1}


def test_one_object_with_secrets_hidden():
    fields = {"list": ["a secret", 1], "inner": {"token": "secret"}, "none": None}
    report = StepReport("token", ok("a secret", **fields), 0.12345)
    assert report.as_json(mask) == {
        "step": "token",
        "outcome": "ok",
        "seconds": 0.123,
        "words": "a ***",
        "hint": "",
        "fields": {"list": ["a ***", 1], "inner": {"token": "***"}, "none": None},
    }


def test_a_failure_has_its_status():
    record = StepReport("token", failed(AuthError("no", hint="a secret")), 1).as_json(mask)
    assert (record["outcome"], record["status"], record["hint"]) == ("failed", 77, "a ***")
