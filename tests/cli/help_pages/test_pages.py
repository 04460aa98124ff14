import inspect

from rc_tail import errors
from rc_tail.cli.help_pages.pages import NO_RESTART, PAGES
from rc_tail.cli.help_pages.statuses import BY_SIGNAL, MEANINGS
from rc_tail.errors import RcTailError


def test_every_status_has_a_page():
    assert list(PAGES) == [*MEANINGS, *BY_SIGNAL]
    assert all(page.cases for page in PAGES.values())


def test_every_error_ends_with_a_status_that_has_a_page():
    classes = [c for _, c in inspect.getmembers(errors, inspect.isclass)]
    raised = [c for c in classes if issubclass(c, RcTailError)]
    assert len(raised) > 20
    assert {c.exit_status for c in raised} <= set(PAGES)


def test_supervisors_know_after_which_statuses_a_restart_does_not_help():
    assert NO_RESTART == (2, 65, 76, 77, 78)


def test_temporary_errors_are_not_hopeless():
    for _, error in inspect.getmembers(errors, inspect.isclass):
        if issubclass(error, RcTailError) and error.retryable:
            assert error.exit_status not in NO_RESTART or error is errors.TokenExpiredError
