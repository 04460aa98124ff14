"""What is known about a login without asking RingCentral."""

from typing import Any

import msgspec
from msgspec.structs import asdict

from rc_tail.config.credentials import Identity
from rc_tail.config.folders import Folders
from rc_tail.config.loading import warning_callback
from rc_tail.config.settings import Settings
from rc_tail.reporter import Reporter
from rc_tail.rest.permissions import allowed_events
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

    def rows(self) -> list[tuple[str, str]]:
        """Return the facts for a person, with their labels; text of the service, not escaped."""
        who = self.identity.described() if self.identity is not None else "unknown"
        if self.identity is not None and not self.identity.name:
            who += " (the app cannot read names: it lacks the permission ReadAccounts)"
        table = {
            "user": who,
            "account": self.identity.account_id if self.identity is not None else "",
            "app": self.client_id,
            "server": self.server,
            "credentials": self.origin,
            "permissions": ", ".join(self.scope),
            "events": allowed_events(self.scope) if self.scope else "",
        }
        return [(name, value) for name, value in table.items() if value]


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
        scope = cached.tokens[-1].scope
    return StoredLogin(
        identity, settings.origin, settings.profile, settings.server, credentials.client_id, scope
    )
