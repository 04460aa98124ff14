from collections.abc import Iterator
from pathlib import Path

import pytest

from rc_tail.config.credentials import Credentials
from rc_tail.config.settings import Settings
from rc_tail.rest.client import RestClient
from rc_tail.rest.token_cache import TokenCache
from rc_tail.rest.tokens import TokenSource
from rc_tail.text.redact import Redactor
from tests.rest.platform import LoopbackPlatform, serve

CREDENTIALS = Credentials("client-id", "client-secret", "eyJ-any-text")


@pytest.fixture
def platform() -> Iterator[LoopbackPlatform]:
    with serve() as running:
        yield running


@pytest.fixture
def redactor() -> Redactor:
    return Redactor()


@pytest.fixture
def client(platform: LoopbackPlatform, redactor: Redactor) -> Iterator[RestClient]:
    client = RestClient(platform.url, ca_bundle=None, redactor=redactor, timeout=60)
    yield client
    client.close()


@pytest.fixture
def settings(platform: LoopbackPlatform) -> Settings:
    return Settings(platform.url, CREDENTIALS, "environment (RC_*)")


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Source:
    """Makes token sources as separate processes would have them, and collects their warnings."""

    def __init__(self, folder: Path, settings: Settings, client: RestClient, clock: Clock) -> None:
        self.folder = folder
        self.settings = settings
        self.client = client
        self.clock = clock
        self.warnings: list[str] = []

    def cache(self) -> TokenCache:
        key, fingerprint = self.settings.cache_key, self.settings.identity_key
        return TokenCache(self.folder, key, fingerprint, self.warnings.append)

    def __call__(self) -> TokenSource:
        return TokenSource(
            self.settings, self.client, self.cache(), self.clock, warn=self.warnings.append
        )


@pytest.fixture
def source(tmp_path: Path, settings: Settings, client: RestClient, clock: Clock) -> Source:
    return Source(tmp_path / "cache", settings, client, clock)
