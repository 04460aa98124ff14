"""What is known about a login without asking RingCentral."""

from typing import Any

import msgspec
from msgspec.structs import asdict

from rc_tail.config.credentials import Identity
from rc_tail.config.folders import Folders
from rc_tail.config.loading import warning_callback
from rc_tail.config.settings import Settings
from rc_tail.reporter import Reporter
from rc_tail.rest.token_cache import TokenCache


class StoredLogin(msgspec.Struct, frozen=True):
    """What is stored about a login.

    Attributes:
        identity: Who it is; None if never requested.
        origin: Where the credentials came from, in words.
        profile: The profile's name; empty for credentials of the environment.
        scope: The app's permissions; empty where not known.
    """

    identity: Identity | None
    origin: str
    profile: str
    server: str
    client_id: str
    scope: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the facts as one JSON object."""
        known = asdict(self.identity) if self.identity is not None else {}
        names = ("account_id", "extension_id", "extension_number", "name", "email")
        return {
            **{name: known.get(name) or None for name in names},
            "server": self.server,
            "origin": self.origin,
            "profile": self.profile or None,
            "client_id": self.client_id,
            "scope": list(self.scope),
        }

    def lines(self) -> list[str]:
        """Return the facts for a person, one a line; text of the service, not escaped."""
        who = "unknown (these credentials have not been used yet)"
        account = ""
        if self.identity is not None:
            who, account = self.identity.described(), self.identity.account_id
            if not self.identity.name:
                who += " (run rc-tail doctor to look up the name)"
        table = {
            "user": who,
            "account": account,
            "app": self.client_id,
            "server": self.server,
            "from": self.origin,
            "may": " ".join(self.scope),
        }
        return [f"{name:<8} {value}" for name, value in table.items() if value]


def stored_login(settings: Settings, reporter: Reporter) -> StoredLogin:
    """Return what is stored about the login of `settings`.

    Raises:
        NotLoggedInError: There is no login.
    """
    credentials = settings.required_credentials()
    cache = TokenCache(
        Folders.of_user().cache,
        settings.cache_key,
        settings.identity_key,
        warning_callback(reporter),
    )
    cached = cache.peek()
    identity = settings.identity or cached.identity
    scope = settings.scope
    if cached.tokens:
        newest = cached.tokens[-1]
        scope = newest.scope
        if identity is None and newest.owner_id:
            identity = Identity("", newest.owner_id, server=settings.server)
    return StoredLogin(
        identity, settings.origin, settings.profile, settings.server, credentials.client_id, scope
    )
