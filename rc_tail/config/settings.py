"""Which server and which credentials: options, then the environment, then a profile."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec.structs import replace

from rc_tail.config.credentials import (
    DEFAULT_PROFILE,
    Credentials,
    Identity,
    ProfileStore,
    check_profile_name,
)
from rc_tail.config.jwt_text import clean_jwt
from rc_tail.errors import ConfigError, JwtRejectedError, NotLoggedInError, UsageError
from rc_tail.network.server_address import PRODUCTION, SANDBOX, PlainHttpError, normalize_server
from rc_tail.text.escape import visible

SINK_PASSWORD = "RC_SINK_PASSWORD"  # noqa: S105 - the name of the variable
PROFILE_VARIABLE = "RC_PROFILE"
QUOTES_HINT = (
    "Some tools, such as `docker run --env-file`, keep the quotes as part of the value: remove "
    "them there, or read the file with rc-tail's --env-file."
)


class VariableFamily(msgspec.Struct, frozen=True):
    """One set of variable names; it is taken whole, never mixed with another.

    Attributes:
        label: How it is called in messages.
    """

    label: str
    server: str
    client_id: str
    client_secret: str
    jwt: str

    def names(self) -> tuple[str, str, str, str]:
        """Return its four names."""
        return self.server, self.client_id, self.client_secret, self.jwt


# The developer guide's env template uses the first, the SDKs' quick starts the second.
FAMILIES = (
    VariableFamily(
        "RC_*", "RC_SERVER_URL", "RC_APP_CLIENT_ID", "RC_APP_CLIENT_SECRET", "RC_USER_JWT"
    ),
    VariableFamily(
        "RINGCENTRAL_*",
        "RINGCENTRAL_SERVER_URL",
        "RINGCENTRAL_CLIENT_ID",
        "RINGCENTRAL_CLIENT_SECRET",
        "RINGCENTRAL_JWT_TOKEN",
    ),
)


class IdentityOptions(msgspec.Struct, frozen=True):
    """What the command line says about identity and server."""

    profile: str | None = None
    server: str | None = None
    sandbox: bool = False
    env_file: Path | None = None
    ca_bundle: Path | None = None

    def check(self) -> None:
        """Refuse what contradicts itself or is empty.

        Raises:
            UsageError: Two options exclude each other, a value is empty or malformed, or a file
                cannot be read.
            ConfigError: The server is far away and plain http.
        """
        if self.server is not None and self.sandbox:
            raise UsageError("--server cannot be combined with --sandbox")
        if self.profile is not None:
            check_profile_name(self.profile)
        for name, value in (("--env-file", self.env_file), ("--ca-bundle", self.ca_bundle)):
            # An empty value becomes the current folder.
            if value is not None and value == Path():
                raise UsageError(f"{name} requires a file name")
        self._look_at_bundle()
        self.asked_server()

    def _look_at_bundle(self) -> None:
        if self.ca_bundle is None:
            return
        try:
            # What is in it is seen when it is needed; that it is there, now.
            self.ca_bundle.open("rb").close()
        except OSError as error:
            name = visible(str(self.ca_bundle))
            raise UsageError(
                f"--ca-bundle: {name} cannot be read: {error.strerror}",
                hint="Use a file of certificates in PEM format.",
            ) from error

    def asked_server(self) -> str | None:
        """Return the server that the command line names, or None.

        Raises:
            UsageError: Not a server address.
            ConfigError: It is far away and plain http.
        """
        if self.sandbox:
            return SANDBOX
        if self.server is None:
            return None
        try:
            return normalize_server(self.server)
        except PlainHttpError:
            raise
        except ConfigError as error:
            raise UsageError(f"--server: {error.message}", hint=error.hint) from error


class Settings(msgspec.Struct, frozen=True):
    """With what, and as whom, RingCentral is called.

    Attributes:
        credentials: None if not logged in.
        origin: Where the credentials came from, in words.
        profile: The profile's name; empty for credentials of the environment.
        identity: Who it was at the login; None when that is not stored.
        scope: The app's permissions as the login returned them; empty when not stored.
        ca_bundle: The only authorities to trust, or None.
        sink_password: Of a destination whose address has a user; empty when not set.
        notes: What ``-v`` reports about the choice.
        warnings: What everybody should know about it.
    """

    server: str
    credentials: Credentials | None
    origin: str
    profile: str = ""
    identity: Identity | None = None
    scope: tuple[str, ...] = ()
    ca_bundle: Path | None = None
    sink_password: str = ""
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def cache_key(self) -> str:
        """What the token cache is kept under: the profile, or a hash of the credentials."""
        if self.profile:
            return f"profile-{self.profile}"
        return f"env-{self.identity_key}"

    @property
    def identity_key(self) -> str:
        """The same for the same server, client id and JWT, wherever they came from."""
        return self.required_credentials().fingerprint(self.server)

    def required_credentials(self) -> Credentials:
        """Return the credentials.

        Raises:
            NotLoggedInError: There are none.
        """
        if self.credentials is not None:
            return self.credentials
        family = FAMILIES[0]
        login = "rc-tail login"
        if self.profile not in ("", DEFAULT_PROFILE):
            login += f" --profile {self.profile}"
        what = f"no profile {self.profile!r}" if self.profile else "not logged in"
        raise NotLoggedInError(
            "not logged in" if self.profile == DEFAULT_PROFILE else what,
            hint=f"Run `{login}`, or set {family.client_id}, {family.client_secret} and "
            f"{family.jwt}. Without an account: `rc-tail demo`.",
        )


def load_settings(
    options: IdentityOptions, environ: Mapping[str, str], profiles: ProfileStore
) -> Settings:
    """Find the server and the credentials: options, then environment, then profile.

    Raises:
        UsageError: The options contradict each other.
        ConfigError: An env file or profile cannot be used, or belongs to another server.
    """
    options.check()
    if options.profile is not None and options.env_file is not None:
        raise UsageError("--profile cannot be combined with --env-file")
    environment = Environment.read(options, environ)
    found = None
    if options.profile is None:
        found = _from_environment(options, environment)
    settings = found or _from_profile(options, environment, profiles)
    return replace(settings, ca_bundle=options.ca_bundle, sink_password=environment.sink_password)


class Environment(msgspec.Struct, frozen=True):
    """The variables that count: the process's, with those of ``--env-file`` over them.

    Attributes:
        family: The set of names that is used.
        values: Its variables that have a value, by name.
        origin: Where they came from, in words.
        profile: ``RC_PROFILE``; None when not set.
        sink_password: ``RC_SINK_PASSWORD``; empty when not set.
    """

    family: VariableFamily
    values: Mapping[str, str]
    origin: str
    profile: str | None
    sink_password: str = ""

    @classmethod
    def read(cls, options: IdentityOptions, environ: Mapping[str, str]) -> "Environment":
        """Return the variables that count.

        Raises:
            ConfigError: The env file cannot be used, or holds none of the variables.
        """
        file: dict[str, str] = {}
        origin = "environment"
        if options.env_file is not None:
            from rc_tail.config.env_file import read_env_file

            file = read_env_file(options.env_file, wrapped=[each.jwt for each in FAMILIES])
            origin = f"env file {visible(str(options.env_file))}"
        known = {name for family in FAMILIES for name in family.names()}
        if options.env_file is not None and not known & file.keys():
            raise ConfigError(
                f"the {origin} does not set any of {', '.join(FAMILIES[0].names())}",
                hint="The SDKs' names work too: " + ", ".join(FAMILIES[1].names()),
            )
        merged = {name: value.strip() for name, value in {**environ, **file}.items()}
        choices = [family for family in FAMILIES if set(family.names()) & file.keys()]
        family = _best(choices or list(FAMILIES), merged)
        values = {name: merged[name] for name in family.names() if merged.get(name)}
        if jwt := clean_jwt(values.get(family.jwt, "")):
            values[family.jwt] = jwt
        profile = merged.get(PROFILE_VARIABLE) or None
        password = merged.get(SINK_PASSWORD, "")
        return cls(family, values, f"{origin} ({family.label})", profile, password)

    @property
    def server(self) -> str | None:
        """The server that it names, or None.

        Raises:
            ConfigError: Not a server address.
        """
        text = self.values.get(self.family.server)
        if text is None:
            return None
        try:
            return normalize_server(text)
        except ConfigError as error:
            hint = QUOTES_HINT if self.family.server in self.quoted() else error.hint
            raise ConfigError(f"{self.family.server}: {error.message}", hint=hint) from error

    def quoted(self) -> tuple[str, ...]:
        """Return the names of values that are still in quotes."""
        return tuple(
            name
            for name, value in self.values.items()
            if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
        )

    def quote_warnings(self) -> tuple[str, ...]:
        """Return a warning for each value that is still in quotes."""
        return tuple(
            f"{name} begins and ends with a quote. {QUOTES_HINT}" for name in self.quoted()
        )

    def credentials(self) -> Credentials | None:
        """Return the credentials, or None where client id or JWT is not set."""
        client_id, jwt = (self.values.get(n) for n in (self.family.client_id, self.family.jwt))
        if client_id is None or jwt is None:
            return None
        return Credentials(client_id, self.values.get(self.family.client_secret), jwt)

    def check_text(self) -> None:
        """Refuse variables that hold bytes of no text.

        Raises:
            JwtRejectedError: The JWT does: RingCentral would accept no such JWT.
            ConfigError: Another one does.
        """
        for name, value in self.values.items():
            try:
                value.encode()
            except UnicodeEncodeError:
                kind = JwtRejectedError if name == self.family.jwt else ConfigError
                raise kind(
                    f"{name} contains bytes that are not UTF-8",
                    hint=f"It comes from the {self.origin}.",
                ) from None

    def half(self) -> tuple[str, str] | None:
        """Return (the name that is set, the name that is missing) where only one is."""
        names = (self.family.client_id, self.family.jwt)
        missing = [name for name in names if name not in self.values]
        if len(missing) != 1:
            return None
        return next(name for name in names if name in self.values), missing[0]


def _best(families: list[VariableFamily], variables: Mapping[str, str]) -> VariableFamily:
    """The first complete family, else the first that has anything, else the first."""
    for wanted in (("client_id", "jwt"), ("client_id",), ("jwt",), ("server",)):
        for family in families:
            if all(variables.get(getattr(family, field)) for field in wanted):
                return family
    return families[0]


def _from_environment(options: IdentityOptions, environment: Environment) -> Settings | None:
    credentials = environment.credentials()
    if credentials is not None:
        environment.check_text()
        server = options.asked_server() or environment.server or PRODUCTION
        notes = (f"using the credentials of the {environment.origin} at {server}",)
        warnings = environment.quote_warnings()
        return Settings(server, credentials, environment.origin, notes=notes, warnings=warnings)
    if options.env_file is None:
        return None
    missing = [
        n
        for n in (environment.family.client_id, environment.family.jwt)
        if n not in environment.values
    ]
    raise ConfigError(
        f"the {environment.origin} does not set {' and '.join(missing)}",
        hint="An env file must be complete; it is not combined with a profile.",
    )


def _from_profile(
    options: IdentityOptions, environment: Environment, profiles: ProfileStore
) -> Settings:
    name = check_profile_name(options.profile or environment.profile or DEFAULT_PROFILE)
    asked, who = options.asked_server(), "--sandbox" if options.sandbox else "--server"
    # With --profile the environment is not looked at, not even for the server.
    if asked is None and options.profile is None:
        asked, who = environment.server, environment.family.server
    profile = profiles.load(name)
    if profile is None:
        warnings = _half_warnings(environment, "") if options.profile is None else ()
        return Settings(asked or PRODUCTION, None, "", profile=name, warnings=warnings)
    if asked is not None and asked != profile.server:
        raise ConfigError(
            f"profile {name!r} was stored for {profile.server}, but {who} says {asked}",
            hint="Credentials are only sent to the server that they were stored for. Log in "
            f"there under another name: `rc-tail login --profile NAME --server {asked}`.",
        )
    used = f"using profile {name!r} at {profile.server}"
    return Settings(
        profile.server,
        profile.credentials,
        f"profile {name}",
        profile=name,
        identity=profile.identity,
        scope=profile.scope,
        notes=(used,),
        warnings=_half_warnings(environment, used) if options.profile is None else (),
    )


def _half_warnings(environment: Environment, instead: str) -> tuple[str, ...]:
    half = environment.half()
    if half is None:
        return ()
    words = f"{half[0]} is set, but {half[1]} is not: environment ignored"
    return (f"{words}; {instead}" if instead else words,)
