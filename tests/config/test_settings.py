import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from rc_tail.config.credentials import Credentials, Identity, Profile, ProfileStore
from rc_tail.config.settings import IdentityOptions, Settings, load_settings
from rc_tail.errors import ConfigError, NotLoggedInError, RcTailError, UsageError
from rc_tail.network.server_address import PRODUCTION, SANDBOX

RC = {
    "RC_SERVER_URL": "https://rc.example/",
    "RC_APP_CLIENT_ID": "rc-id",
    "RC_APP_CLIENT_SECRET": "rc-secret",
    "RC_USER_JWT": "rc-jwt",
}
SDK = {
    "RINGCENTRAL_SERVER_URL": "https://sdk.example",
    "RINGCENTRAL_CLIENT_ID": "sdk-id",
    "RINGCENTRAL_CLIENT_SECRET": "sdk-secret",
    "RINGCENTRAL_JWT_TOKEN": "sdk-jwt",
}
RC_CREDENTIALS = Credentials("rc-id", "rc-secret", "rc-jwt")
SDK_CREDENTIALS = Credentials("sdk-id", "sdk-secret", "sdk-jwt")
STORED = Credentials("stored-id", None, "stored-jwt")
ADA = Identity("1", "101000", name="Ada Example")
PROFILE = Profile("https://stored.example", STORED, ADA, ("SMS",))


@pytest.fixture
def store(tmp_path: Path) -> ProfileStore:
    return ProfileStore(tmp_path / "config", lambda _: None)


def without(variables: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in variables.items() if name not in names}


def env_file(folder: Path, variables: Mapping[str, str]) -> Path:
    path = folder / "rc.env"
    path.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
    return path


# Variables.


@pytest.mark.parametrize(
    ("environ", "server", "credentials", "origin"),
    [
        (RC, "https://rc.example", RC_CREDENTIALS, "environment (RC_*)"),
        (SDK, "https://sdk.example", SDK_CREDENTIALS, "environment (RINGCENTRAL_*)"),
        ({**RC, **SDK}, "https://rc.example", RC_CREDENTIALS, "environment (RC_*)"),
        # A family is taken whole: what is left of another does not fill it up.
        (
            {**SDK, "RC_USER_JWT": "rc-jwt"},
            "https://sdk.example",
            SDK_CREDENTIALS,
            "environment (RINGCENTRAL_*)",
        ),
        (
            {**SDK, "RC_SERVER_URL": "https://rc.example"},
            "https://sdk.example",
            SDK_CREDENTIALS,
            "environment (RINGCENTRAL_*)",
        ),
        (
            without(RC, "RC_APP_CLIENT_SECRET", "RC_SERVER_URL"),
            PRODUCTION,
            Credentials("rc-id", None, "rc-jwt"),
            "environment (RC_*)",
        ),
        (
            {**RC, "RC_APP_CLIENT_SECRET": "", "RC_SERVER_URL": " ", "RC_USER_JWT": " rc-jwt\n"},
            PRODUCTION,
            Credentials("rc-id", None, "rc-jwt"),
            "environment (RC_*)",
        ),
    ],
)
def test_variables(
    store: ProfileStore,
    environ: Mapping[str, str],
    server: str,
    credentials: Credentials,
    origin: str,
) -> None:
    store.save("default", PROFILE)
    settings = load_settings(IdentityOptions(), environ, store)
    assert (settings.server, settings.credentials) == (server, credentials)
    assert (settings.origin, settings.profile, settings.identity) == (origin, "", None)
    assert origin in settings.notes[0]
    assert settings.warnings == ()


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("RC_SERVER_URL", 78),
        ("RC_APP_CLIENT_ID", 78),
        ("RC_APP_CLIENT_SECRET", 78),
        ("RC_USER_JWT", 77),
    ],
)
def test_bytes_that_are_no_text_are_refused_by_the_variables_name(
    store: ProfileStore, name: str, status: int
) -> None:
    value = os.fsdecode(b"abc\xff\xfe")
    for options in (IdentityOptions(), IdentityOptions(server="https://flag.example")):
        with pytest.raises(RcTailError, match=f"^{name}.* not UTF-8") as refused:
            load_settings(options, {**RC, name: value}, store)
        assert refused.value.exit_status == status
        refused.value.message.encode()
    # What is passed over need not be well.
    load_settings(IdentityOptions(profile="x"), {**RC, name: value}, store)


@pytest.mark.parametrize(
    ("options", "server"),
    [
        (IdentityOptions(server="https://flag.example"), "https://flag.example"),
        (IdentityOptions(sandbox=True), SANDBOX),
    ],
)
def test_a_server_on_the_command_line_wins_over_a_variable(
    store: ProfileStore, options: IdentityOptions, server: str
) -> None:
    settings = load_settings(options, RC, store)
    assert (settings.server, settings.credentials) == (server, RC_CREDENTIALS)


def test_half_of_the_variables_is_reported_and_not_used(store: ProfileStore) -> None:
    store.save("default", PROFILE)
    settings = load_settings(IdentityOptions(), {"RC_USER_JWT": "rc-jwt"}, store)
    assert settings.credentials == STORED
    assert "RC_USER_JWT is set, but RC_APP_CLIENT_ID is not" in settings.warnings[0]
    assert "profile 'default'" in settings.warnings[0]


def test_half_of_the_variables_without_a_profile(store: ProfileStore) -> None:
    settings = load_settings(IdentityOptions(), {"RC_APP_CLIENT_ID": "rc-id"}, store)
    assert settings.credentials is None
    assert "RC_USER_JWT is not" in settings.warnings[0]


@pytest.mark.parametrize("server", ["rc.example", "http://rc.example"])
def test_a_bad_server_in_a_variable_is_wrong_configuration(
    store: ProfileStore, server: str
) -> None:
    with pytest.raises(ConfigError, match="RC_SERVER_URL"):
        load_settings(IdentityOptions(), {**RC, "RC_SERVER_URL": server}, store)


# Env files.


@pytest.mark.parametrize("quote", ["'", '"'])
@pytest.mark.parametrize("name", ["RC_APP_CLIENT_ID", "RC_APP_CLIENT_SECRET"])
def test_a_value_that_is_still_in_quotes_gets_a_hint(
    store: ProfileStore, name: str, quote: str
) -> None:
    environ = {**RC, name: f"{quote}value{quote}"}
    (warning,) = load_settings(IdentityOptions(), environ, store).warnings
    assert warning.startswith(f"{name} begins and ends with a quote. ")
    assert "docker run --env-file" in warning
    assert "value" not in warning.replace("of the value", "")


@pytest.mark.parametrize("value", ["it's", "'", '"', "'a\"", ""])
def test_other_quotes_belong_to_the_value(store: ProfileStore, value: str) -> None:
    environ = {**RC, "RC_APP_CLIENT_SECRET": value}
    assert load_settings(IdentityOptions(), environ, store).warnings == ()


def test_a_server_in_quotes_gets_the_hint(store: ProfileStore) -> None:
    environ = {**RC, "RC_SERVER_URL": '"https://rc.example"'}
    with pytest.raises(ConfigError, match="RC_SERVER_URL: invalid") as caught:
        load_settings(IdentityOptions(), environ, store)
    assert "docker run --env-file" in caught.value.hint


def test_an_env_file_wins_over_the_environment(store: ProfileStore, tmp_path: Path) -> None:
    path = env_file(tmp_path, SDK)
    settings = load_settings(IdentityOptions(env_file=path), RC, store)
    assert (settings.server, settings.credentials) == ("https://sdk.example", SDK_CREDENTIALS)
    assert settings.origin == f"env file {path} (RINGCENTRAL_*)"


def test_an_env_file_lies_over_the_environment(store: ProfileStore, tmp_path: Path) -> None:
    path = env_file(tmp_path, {"RC_USER_JWT": "file-jwt"})
    settings = load_settings(IdentityOptions(env_file=path), RC, store)
    assert settings.credentials == Credentials("rc-id", "rc-secret", "file-jwt")


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"OTHER": "x"}, "does not set any of RC_SERVER_URL"),
        ({"RC_SERVER_URL": "https://rc.example"}, "does not set RC_APP_CLIENT_ID and RC_USER_JWT"),
        ({"RC_APP_CLIENT_ID": "x"}, "does not set RC_USER_JWT"),
        ({"RINGCENTRAL_JWT_TOKEN": "x"}, "does not set RINGCENTRAL_CLIENT_ID"),
    ],
)
def test_an_env_file_that_lacks_credentials_is_wrong_configuration(
    store: ProfileStore, tmp_path: Path, variables: Mapping[str, str], words: str
) -> None:
    store.save("default", PROFILE)
    with pytest.raises(ConfigError, match=words):
        load_settings(IdentityOptions(env_file=env_file(tmp_path, variables)), {}, store)


def test_an_env_file_that_cannot_be_read_is_wrong_configuration(
    store: ProfileStore, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(IdentityOptions(env_file=tmp_path / "missing"), RC, store)


# Profiles.


@pytest.mark.parametrize(
    ("options", "environ", "name"),
    [
        (IdentityOptions(), {}, "default"),
        (IdentityOptions(), {"RC_PROFILE": "work"}, "work"),
        (IdentityOptions(), {"RC_PROFILE": ""}, "default"),
        (IdentityOptions(profile="work"), {}, "work"),
        (IdentityOptions(profile="work"), {"RC_PROFILE": "default"}, "work"),
        (IdentityOptions(profile="work"), RC, "work"),
        (IdentityOptions(server="https://stored.example/"), {}, "default"),
        (IdentityOptions(), {"RC_SERVER_URL": "https://stored.example"}, "default"),
        # A named profile is not judged by variables that belong to another login.
        (IdentityOptions(profile="work"), {"RC_SERVER_URL": "https://rc.example"}, "work"),
    ],
)
def test_profiles(
    store: ProfileStore, options: IdentityOptions, environ: Mapping[str, str], name: str
) -> None:
    for stored in ("default", "work"):
        store.save(stored, PROFILE)
    settings = load_settings(options, environ, store)
    assert settings.profile == name
    assert settings.origin == f"profile {name}"
    assert (settings.server, settings.credentials) == ("https://stored.example", STORED)
    assert (settings.identity, settings.scope) == (ADA, ("SMS",))
    assert settings.warnings == ()


def test_variables_win_over_a_profile_that_a_variable_names(store: ProfileStore) -> None:
    store.save("work", PROFILE)
    settings = load_settings(IdentityOptions(), {**RC, "RC_PROFILE": "work"}, store)
    assert settings.credentials == RC_CREDENTIALS


@pytest.mark.parametrize(
    ("options", "environ", "who"),
    [
        (IdentityOptions(server="https://other.example"), {}, "--server"),
        (IdentityOptions(sandbox=True), {}, "--sandbox"),
        (IdentityOptions(), {"RC_SERVER_URL": "https://other.example"}, "RC_SERVER_URL"),
        (IdentityOptions(profile="default", server="http://localhost:1"), {}, "--server"),
    ],
)
def test_stored_credentials_stay_with_their_server(
    store: ProfileStore, options: IdentityOptions, environ: Mapping[str, str], who: str
) -> None:
    store.save("default", PROFILE)
    with pytest.raises(ConfigError, match=f"{who} says") as caught:
        load_settings(options, environ, store)
    assert caught.value.exit_status == 78
    assert "rc-tail login --profile NAME --server" in caught.value.hint


@pytest.mark.parametrize(
    ("options", "words", "command"),
    [
        (IdentityOptions(), "not logged in", "`rc-tail login`"),
        (
            IdentityOptions(profile="work"),
            "no profile 'work'",
            "`rc-tail login --profile work`",
        ),
    ],
)
def test_without_credentials(
    store: ProfileStore, options: IdentityOptions, words: str, command: str
) -> None:
    settings = load_settings(options, {}, store)
    assert settings.credentials is None
    with pytest.raises(NotLoggedInError, match=words) as caught:
        settings.required_credentials()
    assert caught.value.exit_status == 77
    assert command in caught.value.hint
    assert "RC_USER_JWT" in caught.value.hint


def test_a_damaged_profile_is_wrong_configuration(store: ProfileStore) -> None:
    store.save("default", PROFILE).write_bytes(b"junk")
    with pytest.raises(ConfigError, match="damaged"):
        load_settings(IdentityOptions(), {}, store)
    assert load_settings(IdentityOptions(), RC, store).credentials == RC_CREDENTIALS


# Options.


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (IdentityOptions(server="https://a.example", sandbox=True), UsageError),
        (IdentityOptions(profile="work", env_file=Path("rc.env")), UsageError),
        (IdentityOptions(profile="../work"), UsageError),
        (IdentityOptions(profile=""), UsageError),
        (IdentityOptions(server=""), UsageError),
        (IdentityOptions(server="rc.example"), UsageError),
        (IdentityOptions(server="https://rc.example/path"), UsageError),
        (IdentityOptions(server="http://rc.example"), ConfigError),
        (IdentityOptions(env_file=Path()), UsageError),
        (IdentityOptions(ca_bundle=Path()), UsageError),
    ],
)
def test_contradictions_and_empty_values(
    store: ProfileStore, options: IdentityOptions, error: type[RcTailError]
) -> None:
    with pytest.raises(error):
        load_settings(options, RC, store)


def test_a_profile_of_the_environment_that_is_a_path_is_wrong_usage(store: ProfileStore) -> None:
    with pytest.raises(UsageError, match="not a valid profile name"):
        load_settings(IdentityOptions(), {"RC_PROFILE": "../work"}, store)


def test_the_ca_bundle_goes_along(store: ProfileStore, tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.touch()
    settings = load_settings(IdentityOptions(ca_bundle=bundle), RC, store)
    assert settings.ca_bundle == bundle


def test_a_ca_bundle_that_cannot_be_read_is_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--ca-bundle: .*/ca\.pem cannot be read: No such file"):
        IdentityOptions(ca_bundle=tmp_path / "ca.pem").check()


# The key of the token cache.


def test_profiles_have_caches_of_their_own_and_variables_one_by_hash() -> None:
    work = Settings(PRODUCTION, STORED, "profile work", profile="work")
    same = Settings(PRODUCTION, STORED, "environment (RC_*)")
    other = Settings(SANDBOX, STORED, "environment (RC_*)")
    assert work.cache_key == "profile-work"
    assert same.cache_key.startswith("env-")
    assert len({work.cache_key, same.cache_key, other.cache_key}) == 3
    assert work.identity_key == same.identity_key
    assert "stored" not in same.cache_key
