"""RingCentral's REST side as one user sees it: settings, client and tokens, ready to use."""

import ssl
from collections.abc import Callable
from functools import cached_property
from types import TracebackType
from typing import Any, Self, TypeVar

from rc_tail.config.credentials import Identity
from rc_tail.config.folders import Folders
from rc_tail.config.loading import warning_callback
from rc_tail.config.settings import Settings
from rc_tail.errors import TokenExpiredError
from rc_tail.network.tls import make_tls_context
from rc_tail.reporter import Reporter, Verbosity
from rc_tail.rest.auth_budget import AuthBudget
from rc_tail.rest.client import Learn, RestClient
from rc_tail.rest.http import Parameters, Receive
from rc_tail.rest.token_cache import TokenCache
from rc_tail.rest.tokens import TokenSource
from rc_tail.system.signals import SignalledError

_BROKEN_OFF = 0.2  # seconds
Result = TypeVar("Result")

_EXTENSIONS = "/restapi/v1.0/account/~/extension"


class Platform:
    """One identity at one server.

    Args:
        reporter: Receives warnings and, with ``--debug``, every request.
        folders: Where files are; None for the user's.
        timeout: Seconds that one call may take in all.

    Raises:
        NotLoggedInError: There are no credentials.
        UsageError: The CA bundle cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        reporter: Reporter,
        *,
        folders: Folders | None = None,
        timeout: float = 15.0,
    ) -> None:
        self.settings = settings
        self.redactor = reporter.redactor
        key = settings.identity_key
        cache = (folders or Folders.of_user()).cache
        if settings.ca_bundle is not None:
            # A file that cannot be used is reported even if no https call is made.
            _ = self.ssl_context
        self.budget = AuthBudget(cache / f"budget-{key}.json")
        self.client = RestClient(
            settings.server,
            ca_bundle=settings.ca_bundle,
            redactor=reporter.redactor,
            trace=_trace(reporter),
            timeout=timeout,
            budget=self.budget,
            tls=lambda: self.ssl_context,
        )
        warn = warning_callback(reporter)
        self.tokens = TokenSource(
            settings, self.client, TokenCache(cache, settings.cache_key, key, warn), warn=warn
        )

    @cached_property
    def ssl_context(self) -> ssl.SSLContext:
        """The one TLS context, for REST and WebSocket alike."""
        return make_tls_context(self.settings.ca_bundle)

    def identity(self) -> Identity:
        """Return who it is: as stored at the login, else as the service says.

        Raises:
            RcTailError: The request failed.
        """
        stored = self.settings.identity
        return stored if stored is not None and stored.account_id else self.tokens.identity()

    def known_identity(self) -> Identity | None:
        """Return who it is, as far as that is known without asking."""
        stored = self.settings.identity
        if stored is not None and stored.name:
            return stored
        return self.tokens.known_identity() or stored

    def read(
        self, path: str, params: Parameters | None = None, *, learn: Learn | None = None
    ) -> dict[str, Any]:
        """Read a resource; an access token that is dead is replaced once.

        Args:
            path: From the server's root, already percent-encoded.
            learn: Called with status and headers of every answer.

        Raises:
            RcTailError: It could not be read.
        """
        return self._with_token(lambda token: self.client.get(token, path, params, learn=learn))

    def download(self, url: str, start: int | None, receive: Receive, *, learn: Learn) -> None:
        """Read the content of an attachment; an access token that is dead is replaced once.

        Args:
            url: Of this server or its twin for attachments.
            start: As for `RestClient.download`, like the others.

        Raises:
            RcTailError: It could not be read.
        """
        self._with_token(
            lambda token: self.client.download(token, url, start, receive, learn=learn)
        )

    def _with_token(self, call: Callable[[str], Result]) -> Result:
        token = self.tokens.get()
        try:
            return call(token.value)
        except TokenExpiredError:
            return call(self.tokens.get(rejected=token.value).value)

    def read_without_login(self, path: str) -> dict[str, Any] | None:
        """Read a resource with a token that is there already; return None without one.

        Raises:
            RcTailError: It could not be read.
        """
        token = self.tokens.living()
        return None if token is None else self.client.get(token.value, path)

    def extension_id(self, number: str) -> str | None:
        """Return the id of the extension with this number, or None where there is none.

        Raises:
            RcTailError: The request failed.
        """
        found = self.read(_EXTENSIONS, {"extensionNumber": number}).get("records")
        for record in found if isinstance(found, list) else []:
            if isinstance(record, dict) and str(record.get("extensionNumber")) == number:
                return str(record.get("id"))
        return None

    def close(self, patience: float = 2.0) -> None:
        """End what only this process could use, and the connections.

        Args:
            patience: Seconds that the service is waited for.
        """
        self.tokens.revoke_if_ephemeral(timeout=patience)
        self.client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, SignalledError | KeyboardInterrupt):
            # Whoever breaks off a wait for the service wants no other one.
            self.close(_BROKEN_OFF)
        else:
            self.close()


def _trace(reporter: Reporter) -> Callable[[str], None] | None:
    # Masking an answer takes longer than reading it.
    if reporter.verbosity < Verbosity.DEBUG:
        return None
    return lambda text: reporter.debug("rest", text)
