from pathlib import Path

import pytest

from rc_tail.config.credentials import Credentials, Profile, ProfileStore
from rc_tail.config.origins import overridden_settings, setting_origins
from rc_tail.config.settings import IdentityOptions, load_settings
from rc_tail.errors import ConfigError
from tests.doctor.conftest import variables

URL = "https://rc.example"
ENVIRON = variables(URL)
SDK = {
    "RINGCENTRAL_SERVER_URL": "https://sdk.example",
    "RINGCENTRAL_CLIENT_ID": "sdk-id",
    "RINGCENTRAL_JWT_TOKEN": "sdk-jwt",
}


@pytest.fixture
def store(tmp_path: Path) -> ProfileStore:
    made = ProfileStore(tmp_path, lambda words: None)
    made.save("default", Profile(URL, Credentials("profile-id", None, "profile-jwt")))
    return made


def rows(store, options=None, environ=None, place=""):
    options, environ = options or IdentityOptions(), environ or {}
    settings = load_settings(options, environ, store)
    found = setting_origins(settings, options, environ, place)
    return {row.name: (row.value, row.origin) for row in found}


@pytest.mark.parametrize(
    ("options", "environ", "server", "client"),
    [
        (IdentityOptions(), {}, (URL, "profile default"), ("profile-id", "profile default")),
        (
            IdentityOptions(),
            ENVIRON,
            (URL, "RC_SERVER_URL"),
            ("client-id", "environment (RC_*)"),
        ),
        (
            IdentityOptions(),
            SDK,
            ("https://sdk.example", "RINGCENTRAL_SERVER_URL"),
            ("sdk-id", "environment (RINGCENTRAL_*)"),
        ),
        (
            IdentityOptions(server="https://flag.example"),
            ENVIRON,
            ("https://flag.example", "--server"),
            ("client-id", "environment (RC_*)"),
        ),
        (
            IdentityOptions(sandbox=True),
            ENVIRON,
            ("https://platform.devtest.ringcentral.com", "--sandbox"),
            ("client-id", "environment (RC_*)"),
        ),
        (
            IdentityOptions(),
            {**ENVIRON, "RC_SERVER_URL": ""},
            ("https://platform.ringcentral.com", "the defaults"),
            ("client-id", "environment (RC_*)"),
        ),
        (
            IdentityOptions(profile="default"),
            ENVIRON,
            (URL, "profile default"),
            ("profile-id", "profile default"),
        ),
    ],
)
def test_flag_before_environment_before_profile(store, options, environ, server, client):
    found = rows(store, options, environ)
    assert (found["server"], found["client id"]) == (server, client)


def test_secrets_are_not_shown(store):
    found = rows(store, environ=ENVIRON)
    assert found["client secret"] == ("not shown", "environment (RC_*)")
    assert found["JWT"] == ("not shown", "environment (RC_*)")
    assert rows(store)["client secret"][0] == "none (public app)"


def test_a_keyring_is_named(store):
    assert rows(store, place="keyring")["JWT"][1] == "profile default, in the keyring"
    assert rows(store, place="file")["JWT"][1] == "profile default"


@pytest.mark.parametrize(
    ("options", "environ", "expected"),
    [
        (IdentityOptions(), {}, ("this machine's", "the defaults")),
        (IdentityOptions(), {"SSL_CERT_FILE": "x.pem"}, ("x.pem", "SSL_CERT_FILE")),
        (
            IdentityOptions(ca_bundle=Path(__file__)),
            {"SSL_CERT_FILE": "x.pem"},
            (__file__, "--ca-bundle"),
        ),
    ],
)
def test_authorities(store, options, environ, expected):
    assert rows(store, options, environ)["certificate authorities"] == expected


def over(store, options=None, environ=None):
    options, environ = options or IdentityOptions(), environ or {}
    settings = load_settings(options, environ, store)
    return list(overridden_settings(settings, options, environ, store))


def test_what_is_passed_over_is_named(store, tmp_path):
    assert over(store) == []
    assert over(store, environ=ENVIRON) == [
        "profile 'default': the environment (RC_*) takes precedence"
    ]
    assert over(store, environ={**ENVIRON, "RC_PROFILE": "none"}) == []
    assert over(store, IdentityOptions(profile="default")) == []
    assert over(store, IdentityOptions(profile="default"), ENVIRON) == [
        "the credentials of the environment (RC_*): --profile takes precedence"
    ]


def test_an_env_file_wins_over_the_environment(store, tmp_path):
    file = tmp_path / "env"
    file.write_text("".join(f"{name}={value}\n" for name, value in ENVIRON.items()))
    options = IdentityOptions(env_file=file)
    assert "the credentials of the environment (RC_*): --env-file takes precedence" in over(
        store, options, ENVIRON
    )
    assert len(over(store, options)) == 1
    assert rows(store, options)["server"] == (URL, f"RC_SERVER_URL in the env file {file}")


def test_a_server_that_is_named_twice(store):
    flag = IdentityOptions(server="https://flag.example")
    assert over(store, flag, {**ENVIRON, "RC_PROFILE": "none"}) == [
        f"RC_SERVER_URL ({URL}): --server takes precedence"
    ]
    sandbox = over(store, IdentityOptions(sandbox=True), {**ENVIRON, "RC_PROFILE": "none"})
    assert sandbox == [f"RC_SERVER_URL ({URL}): --sandbox takes precedence"]
    same = IdentityOptions(server=f"{URL}/")
    assert over(store, same, {**ENVIRON, "RC_PROFILE": "none"}) == []


def test_families_are_not_mixed(store):
    environ = {**ENVIRON, **SDK, "RC_PROFILE": "none"}
    assert over(store, environ=environ) == ["the variables RINGCENTRAL_*: RC_* are taken whole"]


def test_profiles_that_cannot_be_listed_are_none(tmp_path):
    # A link to itself.
    (tmp_path / "profiles").symlink_to(tmp_path / "profiles")
    store = ProfileStore(tmp_path, lambda words: None)
    with pytest.raises(ConfigError):
        store.names()
    assert over(store, environ=ENVIRON) == []
