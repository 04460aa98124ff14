import io
from pathlib import Path

import pytest

from rc_tail.config.credentials import Credentials, Profile
from rc_tail.config.folders import Folders
from rc_tail.config.loading import profile_store, read_settings
from rc_tail.config.settings import IdentityOptions
from rc_tail.reporter import Reporter, Verbosity

CREDENTIALS = Credentials("client-id", "the-secret", "the-jwt")


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "config", tmp_path / "cache", tmp_path / "state")


@pytest.fixture
def reporter() -> Reporter:
    return Reporter(io.StringIO(), verbosity=Verbosity.DEBUG)


def told(reporter: Reporter) -> str:
    stream = reporter._stream
    assert isinstance(stream, io.StringIO)
    return stream.getvalue()


def test_settings_are_reported_and_their_secrets_known(
    folders: Folders, reporter: Reporter
) -> None:
    environ = {"RC_APP_CLIENT_ID": "client-id", "RC_USER_JWT": "the-jwt"}
    settings = read_settings(IdentityOptions(), reporter, environ=environ, folders=folders)
    assert settings.credentials == Credentials("client-id", None, "the-jwt")
    assert "using the credentials of the environment (RC_*)" in told(reporter)
    assert reporter.redactor.mask("the-jwt") == "***"


def test_what_was_passed_over_is_reported_to_those_who_ask(folders: Folders) -> None:
    environ = {"RC_APP_CLIENT_ID": "client-id", "RC_USER_JWT": "the-jwt"}
    store = profile_store(folders, Reporter(io.StringIO()))
    store.save("default", Profile("https://rc.example", CREDENTIALS))
    words = "ignored: profile 'default': the environment (RC_*) takes precedence"
    for verbosity in Verbosity:
        asked = Reporter(io.StringIO(), verbosity=verbosity)
        read_settings(IdentityOptions(), asked, environ=environ, folders=folders)
        assert (words in told(asked)) is (verbosity >= Verbosity.VERBOSE)


def test_half_of_the_variables_is_a_warning(folders: Folders, reporter: Reporter) -> None:
    environ = {"RC_USER_JWT": "the-jwt"}
    settings = read_settings(IdentityOptions(), reporter, environ=environ, folders=folders)
    assert settings.credentials is None
    assert "RC_APP_CLIENT_ID is not" in told(reporter)


def test_permissions_of_a_profile_are_repaired_and_reported(
    folders: Folders, reporter: Reporter
) -> None:
    store = profile_store(folders, reporter)
    store.save("default", Profile("https://rc.example", CREDENTIALS)).chmod(0o644)
    read_settings(IdentityOptions(), reporter, environ={}, folders=folders)
    assert "changed to 0600" in told(reporter)
