"""Opening connections: REST and WebSocket over real loopback ports."""

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from rc_tail.config.settings import Settings
from rc_tail.errors import (
    AuthError,
    HandshakeRefusedError,
    InsecureAddressError,
    JwtRejectedError,
    PermissionMissingError,
    RcTailError,
    TemporaryError,
    UnreachableError,
)
from rc_tail.gateway.commands import Connect, RenewToken
from rc_tail.rest.client import RestClient
from rc_tail.tail.dialer import DialedConnection, Dialer
from rc_tail.text.redact import Redactor
from rc_tail.transport.websocket import TransportOptions
from tests.certificates import certified
from tests.rest.conftest import CREDENTIALS, Clock, Source
from tests.rest.platform import TOKEN, WSTOKEN, LoopbackPlatform, Reply, serve
from tests.transport.peer import Peer, PeerServer, serving

OAUTH = "session-1"  # what the platform calls the OAuth session of its first login


class World:
    """A platform, a gateway that listens, and a dialer between them."""

    def __init__(self, folder: Path, platform: LoopbackPlatform, gateway: PeerServer) -> None:
        self.platform = platform
        self.gateway = gateway
        self.heads: list[str] = []
        self.redactor = Redactor()
        self.client = RestClient(platform.url, ca_bundle=None, redactor=self.redactor, timeout=20)
        self.clock = Clock()
        self.clock.now = time.time()
        settings = Settings(platform.url, CREDENTIALS, "environment (RC_*)")
        self.tokens = Source(folder, settings, self.client, self.clock)()
        self.give(gateway.url.partition("?")[0], times=9)

    def give(self, uri: str, *, times: int = 1) -> None:
        body = {"uri": uri, "ws_access_token": "the-ws-token", "expires_in": 600}
        self.platform.answer(WSTOKEN, *[Reply(200, body)] * times)

    def refuse(self, path: str, *replies: Reply) -> None:
        """Answer the next calls of a path so, before what was planned for it."""
        self.platform.replies[path][:0] = replies

    def dialer(
        self, context: ssl.SSLContext | Callable[[], ssl.SSLContext] | None = None
    ) -> Dialer:
        return Dialer(
            self.tokens,
            self.client,
            TransportOptions(connect_timeout=20),
            ssl_context=context or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            redactor=self.redactor,
        )

    def bearers(self) -> list[str]:
        """With which access tokens a WebSocket token was asked for."""
        asked = [a for a in self.platform.asked if a.path == WSTOKEN]
        return [a.headers["authorization"].removeprefix("Bearer ") for a in asked]


@contextmanager
def opened(folder: Path, tls: ssl.SSLContext | None = None) -> Iterator[World]:
    heads: list[str] = []

    def mind(peer: Peer) -> None:
        # Noted before it is answered: the test looks as soon as it has the answer.
        heads.append(peer.read_head().line)
        peer.send(peer.switching())
        peer.read_to_end()

    with serve() as platform, serving(mind, tls=tls) as gateway:
        world = World(folder, platform, gateway)
        world.heads = heads
        try:
            yield world
        finally:
            world.client.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with opened(tmp_path / "cache") as running:
        yield running


@contextmanager
def dialed(dialer: Dialer, request: Connect) -> Iterator[DialedConnection]:
    result = dialer.dial(request)
    try:
        yield result
    finally:
        result.connection.abort()


def test_an_access_token_then_a_websocket_token_then_the_handshake(world):
    with dialed(world.dialer(), Connect(1)) as done:
        assert (done.oauth_session, done.used_wsc) == (OAUTH, False)
    assert world.platform.paths() == [TOKEN, WSTOKEN]
    assert world.bearers() == ["access-token-l1"]
    assert world.heads == ["GET /ws?access_token=the-ws-token HTTP/1.1"]


def test_the_life_of_the_access_token_is_reported(world):
    with dialed(world.dialer(), Connect(1)) as done:
        assert done.token.life == pytest.approx(3600)
        assert not done.token.refreshable


def test_the_next_connection_uses_the_token_that_works(world):
    dialer = world.dialer()
    for link in (1, 2):
        with dialed(dialer, Connect(link)):
            pass
    assert world.platform.logins == 1
    assert world.bearers() == ["access-token-l1"] * 2


def test_a_session_is_recovered_by_its_wsc(world):
    dialer = world.dialer()
    with dialed(dialer, Connect(1)):
        pass
    with dialed(dialer, Connect(2, wsc="the+wsc/of=1", oauth_session=OAUTH)) as done:
        assert done.used_wsc
    assert world.heads[1] == "GET /ws?access_token=the-ws-token&wsc=the+wsc/of=1 HTTP/1.1"


def test_the_wsc_of_another_oauth_session_is_left_out(world):
    with dialed(world.dialer(), Connect(1, wsc="the-wsc", oauth_session="of-long-ago")) as done:
        assert (done.oauth_session, done.used_wsc) == (OAUTH, False)
    assert world.heads == ["GET /ws?access_token=the-ws-token HTTP/1.1"]


@pytest.mark.parametrize(
    ("left", "oauth_session", "used"), [(4, OAUTH, True), (2, "session-2", False)]
)
def test_a_session_is_recovered_by_its_own_token_while_that_lives(world, left, oauth_session, used):
    dialer = world.dialer()
    with dialed(dialer, Connect(1)):
        pass
    world.clock.now += 3600 - left
    with dialed(dialer, Connect(2, wsc="wsc-1", oauth_session=OAUTH)) as done:
        assert (done.oauth_session, done.used_wsc) == (oauth_session, used)


def test_the_tokens_are_secrets(world):
    dialer = world.dialer()
    with dialed(dialer, Connect(1)):
        pass
    with dialed(dialer, Connect(2, wsc="wsc-of-ada", oauth_session=OAUTH)):
        pass
    masked = world.redactor.mask("the-ws-token wsc-of-ada access-token-l1")
    assert masked == "*** *** ***"


# Refusals.


def test_a_dead_access_token_is_replaced_once(world):
    world.refuse(WSTOKEN, Reply(401, {"errorCode": "OAU-213", "message": "Token not found"}))
    with dialed(world.dialer(), Connect(1)) as done:
        assert done.oauth_session == "session-2"
    assert world.bearers() == ["access-token-l1", "access-token-l2"]


def test_two_dead_access_tokens_are_the_end(world):
    dead = Reply(401, {"errorCode": "OAU-213", "message": "Token not found"})
    world.refuse(WSTOKEN, dead, dead)
    with pytest.raises(AuthError) as caught:
        world.dialer().dial(Connect(1))
    assert type(caught.value) is AuthError
    assert not caught.value.retryable
    assert caught.value.code == "OAU-213"
    assert world.platform.logins == 2


def test_every_token_of_the_cache_may_be_dead(world):
    for _ in range(3):
        world.tokens.login()
        world.clock.now += 1
    dead = Reply(401, {"errorCode": "OAU-213", "message": "Token not found"})
    world.refuse(WSTOKEN, dead, dead)
    with dialed(world.dialer(), Connect(1, wsc="wsc-of-ada", oauth_session="session-1")) as done:
        assert (done.oauth_session, done.used_wsc) == ("session-4", False)
    # The newest is tried next, and nothing that is older than a dead one.
    assert world.bearers() == [f"access-token-l{number}" for number in (1, 3, 4)]


def test_a_token_that_was_refused_on_its_connection_is_not_used_again(world):
    dialer = world.dialer()
    with dialed(dialer, Connect(1)):
        pass
    with dialed(dialer, Connect(2, rejected=True)):
        pass
    assert world.bearers() == ["access-token-l1", "access-token-l2"]


def test_a_token_that_opened_nothing_was_not_refused(world):
    dialer = world.dialer()
    with dialed(dialer, Connect(1)):
        pass
    with serving(lambda peer: None) as gone:
        uri = gone.url
    world.platform.replies[WSTOKEN].clear()
    world.give(uri)
    with pytest.raises(UnreachableError):
        dialer.dial(Connect(2, rejected=True))
    world.give(world.gateway.url)
    with dialed(dialer, Connect(3, rejected=True)):
        pass
    # The token of the second try is still as good as new.
    assert world.bearers() == ["access-token-l1", "access-token-l2", "access-token-l2"]


@pytest.mark.parametrize(
    ("path", "reply", "kind"),
    [
        (TOKEN, Reply(400, {"error": "invalid_grant"}), JwtRejectedError),
        (TOKEN, Reply(503), TemporaryError),
        (WSTOKEN, Reply(403, {"errorCode": "CMN-401"}), PermissionMissingError),
        (WSTOKEN, Reply(503), TemporaryError),
        (
            WSTOKEN,
            Reply(200, {"uri": "ws://gateway.example/ws", "ws_access_token": "t"}),
            RcTailError,
        ),
    ],
)
def test_what_rest_refuses_is_reported_as_it_is(world, path, reply, kind):
    world.refuse(path, reply)
    with pytest.raises(kind):
        world.dialer().dial(Connect(1))
    assert world.heads == []


def test_a_gateway_far_away_must_be_safe(world):
    body = {"uri": "ws://192.0.2.1/ws", "ws_access_token": "the-token", "expires_in": 30}
    world.refuse(WSTOKEN, Reply(200, body))
    with pytest.raises(InsecureAddressError) as caught:
        world.dialer().dial(Connect(1))
    assert "the-token" not in caught.value.message


def test_a_refused_handshake_is_reported_without_its_tokens(world):
    def refuse(peer: Peer) -> None:
        peer.read_head()
        peer.send(b"HTTP/1.1 503 Unwell\r\nContent-Length: 0\r\n\r\n")

    with serving(refuse) as unwell:
        world.refuse(
            WSTOKEN, Reply(200, {"uri": unwell.url, "ws_access_token": "secret-1", "expires_in": 9})
        )
        with pytest.raises(HandshakeRefusedError) as caught:
            world.dialer().dial(Connect(1))
    assert caught.value.status == 503
    assert "secret-1" not in f"{caught.value.message} {caught.value.hint}"


# TLS.


@pytest.mark.parametrize("lazy", [False, True])
def test_the_shared_context_decides_who_is_trusted(tmp_path, lazy):
    authority = trustme.CA()
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(trusting)
    with opened(tmp_path, certified(authority, "127.0.0.1")) as world:
        context = (lambda: trusting) if lazy else trusting
        with dialed(world.dialer(context), Connect(1)) as done:
            assert done.oauth_session == OAUTH
        assert world.gateway.url.startswith("wss://")


# Going on with another access token.


def test_an_oauth_session_continues_with_another_token(world):
    world.platform.refresh_tokens = True
    dialer = world.dialer()
    with dialed(dialer, Connect(1)) as done:
        assert done.token.refreshable
    world.clock.now += 3000
    life = dialer.renew(RenewToken(1, OAUTH, min_life=1000))
    assert (life.life, life.refreshable) == (pytest.approx(3600), True)
    assert life.ends == pytest.approx(done.token.ends + 3000, abs=60)
    assert (world.platform.logins, world.platform.refreshes) == (1, 1)


def test_a_token_that_lives_long_enough_is_not_renewed(world):
    dialer = world.dialer()
    with dialed(dialer, Connect(1)) as done:
        pass
    world.clock.now += 3000
    life = dialer.renew(RenewToken(1, OAUTH, min_life=60))
    assert life.ends == pytest.approx(done.token.ends, abs=60)
    assert world.platform.logins == 1


def test_an_oauth_session_that_ends_cannot_be_continued(world):
    dialer = world.dialer()
    with dialed(dialer, Connect(1)):
        pass
    world.clock.now += 3000
    with pytest.raises(AuthError, match="the OAuth session has ended"):
        dialer.renew(RenewToken(1, OAUTH, min_life=1000))


@pytest.mark.parametrize(("min_life", "logins"), [(0, 1), (60, 1), (1000, 2)])
def test_a_connection_may_ask_for_a_token_that_lives_longer(world, min_life, logins):
    dialer = world.dialer()
    with dialed(dialer, Connect(1)):
        pass
    world.clock.now += 3000
    with dialed(dialer, Connect(2, min_life=min_life)):
        pass
    assert world.platform.logins == logins


# The address.
