"""What version 0.1.0 left on the disk is still read, field by field."""

import contextlib
import fcntl
import io
import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from rc_tail.config.credentials import Identity, Profile, ProfileStore
from rc_tail.config.folders import Folders
from rc_tail.config.keyring import Keyring, SecretsUnavailableError
from rc_tail.config.settings import Settings
from rc_tail.errors import BusyError, ConfigError, RateLimitedError
from rc_tail.gateway.messages import Notification, Wsc
from rc_tail.reporter import Reporter
from rc_tail.rest.platform import Platform
from rc_tail.rest.token_cache import AccessToken, CacheContents, TokenCache
from rc_tail.simulator.certificate import certificate_file
from rc_tail.simulator.registry import registered_addresses
from rc_tail.simulator.traffic.recording import read_recording
from rc_tail.state.resume_state import ENDED, KILLED, ResumeState, UnprintedSpan, previous_session
from rc_tail.state.resume_store import ResumeStore, recoverable_subscriptions
from rc_tail.state.run_state import RunState
from rc_tail.state.subscription_journal import SubscriptionJournal
from rc_tail.system.clocks import clock
from tests.keyring_backend import FolderKeyring
from tests.state.samples import CREDENTIALS, OWNER, SAMPLES, SERVER, copy_sample

USER = "/restapi/v1.0/account/400000001/extension/400000101"
EXTENSION = "/restapi/v1.0/account/~/extension/~"
SMS = f"{EXTENSION}/message-store/instant?type=SMS"
SETTINGS = Settings(SERVER, CREDENTIALS, "a test")
ADA = Identity("400000001", "400000101", "101", "Ada Example", "ada@example.com", SERVER)


def state(**fields: object) -> ResumeState:
    usual = {"filters": (SMS,), "recovery_timeout": 180.0, "recovery_buffer_size": 100}
    return ResumeState(SERVER, OWNER, **{**usual, **fields})  # type: ignore[arg-type]


STATES = {
    "clean-end": state(
        oauth_session="cec46cc4-2810-4e4e-b724-64719094cc4f",
        wsc=Wsc("WSC-LiWsa8xm1MfbKw-QikUTk-e8qKSMY6LKX4J4Qr6N", 4),
        subscription_id="baca8a62-62fb-4dda-b2a2-15883462b8d2",
        last_frame=1795704294.704938,
        printed_until=1795704294.704938,
        whole=True,
        ended=1795704294.954764,
        uuids=("1795704294515736000", "1795704294515736001"),
        keys=("sms:1795704294000", "sms:1795704294001"),
    ),
    "killed": state(
        oauth_session="4b2bad1d-9214-470a-8067-735cc141f4b9",
        wsc=Wsc("WSC-IunpSPSHpHU2RqEdnLbyWU7zx5lejeStf2jOBK-u", 5),
        subscription_id="6573bd60-3879-44b2-b2bc-60dc5f63158e",
        last_frame=1795704295.3632045,
        printed_until=1795704295.3632045,
        whole=True,
        ended=None,
        uuids=("1795704295004347000", "1795704295004347001", "1795704295004347002"),
        keys=("sms:1795704295000", "sms:1795704295001", "sms:1795704295002"),
    ),
    "killed-in-gap": state(
        oauth_session="1ec64fb4-cb83-4772-b86d-bd46a467d077",
        wsc=Wsc("WSC-opBTI2Sm1C1z8Qs5ecOVJZbT4YcPs2xmMnJeur30", 4),
        subscription_id="1f2b4826-69e7-48a2-a822-5bf4513dbb1b",
        last_frame=1795704296.0533054,
        printed_until=1795704295.8150392,
        whole=False,
        ended=None,
        uuids=("1795704295604786000", "1795704295604786001"),
        keys=("sms:1795704295000", "sms:1795704295001"),
    ),
    "killed-offline": state(
        oauth_session="5df4dc6d-37ca-4e81-b0f1-73276b65aee6",
        wsc=Wsc("WSC-5P5mt19a-HRsZz8Hi_HzDDDW0iv7hU2TAakmuuMN", 3),
        subscription_id="3390d235-f7b4-4887-b15a-e034f532181a",
        last_frame=1795704306.519874,
        printed_until=1795704306.519874,
        whole=False,
        ended=None,
        uuids=("1795704306325984000",),
        keys=("sms:1795704306000",),
    ),
    "left-by-count": state(
        oauth_session="f44320a5-2a8d-4304-8be0-d1e66f8aa79f",
        wsc=Wsc("WSC-0iK-BCrdJEe1IOh0Gs_DOzBR_W4SWIuWjlqZAiHg", 7),
        subscription_id="b7112f4e-32a5-4333-8e40-839b25632049",
        last_frame=1795704307.259192,
        printed_until=1795704307.259192,
        whole=True,
        ended=1795704307.2602377,
        uuids=("1795704307012224000", "1795704307012224001"),
        keys=("sms:1795704307000", "sms:1795704307001"),
        waiting=UnprintedSpan("9c3b11100c9d188b", 3, 1795704307.259281, printed=0),
    ),
    "left-by-count-twice": state(
        oauth_session="20d0a65d-2792-4617-8625-1741fbc57d51",
        wsc=Wsc("WSC-Yh8nKidmxQBV3lhoW-QXNtsMxMCmvZ6lPwW0i1bj", 7),
        subscription_id="91322948-ff96-45f6-b388-caadd9c98af1",
        last_frame=1795704307.478597,
        printed_until=1795704307.478597,
        whole=True,
        ended=1795704307.6919918,
        uuids=("1795704307284046000", "1795704307284046001", "1795704307284046002"),
        keys=("sms:1795704307000", "sms:1795704307001", "sms:1795704307002"),
        waiting=UnprintedSpan("6322f5f1e50b6455", 3, 1795704307.477939, printed=1),
    ),
    "gap-not-filled": state(
        oauth_session="f5da96a0-0568-4dfc-900b-96341c5a6d64",
        wsc=Wsc("WSC-ufYGKSVNd6Lyh8_Jpr-7Fc_CDIi0dE4FOOj0j6Wz", 4),
        subscription_id="3295780a-dbd9-4cea-9ded-d1679a701711",
        last_frame=1795704308.233179,
        printed_until=1795704307.9845052,
        whole=False,
        ended=1795704318.4922357,
        uuids=("1795704307745067000", "1795704307745067001"),
        keys=("sms:1795704307000", "sms:1795704307001"),
    ),
    "past-events-not-read": state(
        oauth_session="074f96ec-78b6-4098-a8e6-b9b7ae2bc7b5",
        wsc=Wsc("WSC-oyHI0AGn4LhLe6B1i8SmcBWXIHwUa47250IgcFbT", 2),
        subscription_id="57e28c77-53ed-4e03-84c7-36603bf9d131",
        last_frame=1795704318.676394,
        printed_until=1795700718.5708132,
        whole=False,
        ended=None,
    ),
    "several-kinds": state(
        filters=(
            SMS,
            f"{EXTENSION}/voicemail",
            f"{EXTENSION}/telephony/sessions?direction=Inbound",
            f"{EXTENSION}/presence",
        ),
        oauth_session="7b4254c6-a525-4109-a631-628aea7ec149",
        wsc=Wsc("WSC-DEfq6hFrawala5Ms1b-BAn40do57gC50WTjjn1Ae", 5),
        subscription_id="9aa82a6c-e2c6-4524-9b4e-ceebff4688ff",
        last_frame=1795704319.138011,
        printed_until=1795704319.138011,
        whole=True,
        ended=1795704319.1389656,
        uuids=("1795704318924295002", "1795704318924295003", "1795704318924295004"),
        keys=(
            "history:sms:1795704318000",
            "history:voicemail:1795704318001",
            "sms:1795704318002",
        ),
    ),
}


class Warnings(list[str]):
    """Collects warnings."""

    def __call__(self, words: str) -> None:
        self.append(words)


# The app's permissions when the samples were made.
_SCOPE = (
    *("ReadMessages", "SMS", "InternalMessages", "Faxes", "ReadPresence", "CallControl"),
    *("ReadAccounts", "ReadContacts", "ReadCallLog", "TeamMessaging", "RingSense", "A2PSMS"),
    "WebSocketsSubscription",
)


@pytest.fixture
def warnings() -> Warnings:
    return Warnings()


@contextlib.contextmanager
def opened(folders: Folders, warn: Warnings) -> Iterator[ResumeStore]:
    with ResumeStore(folders.state, "inbox", warn) as store:
        yield store


def files_of(home: Path) -> dict[str, bytes]:
    found = [path for path in home.rglob("*") if path.is_file()]
    return {path.relative_to(home).as_posix(): path.read_bytes() for path in found}


def damage(path: Path) -> None:
    """Change one character in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x01
    path.write_bytes(data)


def test_the_list_of_samples_is_complete():
    made = {path.name for path in SAMPLES.iterdir() if path.is_dir()}
    listed = (SAMPLES / "README.md").read_text()
    assert all(f"| `{name}` |" in listed for name in made)
    assert {path.parts[-5] for path in SAMPLES.glob("*/state/*/resume/*.json")} == STATES.keys()


def test_files_belong_to_the_same_server_and_credentials_as_before():
    # Another hash would make every file one of a stranger.
    assert SETTINGS.identity_key == OWNER


# The state of --resume.


@pytest.mark.parametrize("name", STATES)
def test_a_state_is_read_field_by_field(name, tmp_path, warnings):
    folders = copy_sample(name, tmp_path)
    before = files_of(tmp_path)
    with opened(folders, warnings) as store:
        assert store.load(SERVER, OWNER, STATES[name].filters) == STATES[name]
    assert warnings == []
    # Neither it nor the events that wait were set aside or deleted.
    assert files_of(tmp_path) == before


@pytest.mark.parametrize("name", STATES)
def test_every_field_of_a_state_file_is_expected(name):
    # Read here without the program: it could pass over a field that it does not know.
    stored = json.loads((SAMPLES / name / "state/rc-tail/resume/inbox.json").read_text())
    expected = json.loads(msgspec.json.encode(STATES[name]))
    assert stored["version"] == 1
    assert {field: expected[field] for field in stored["state"]} == stored["state"]


@pytest.mark.parametrize("name", STATES)
def test_a_damaged_state_is_noticed(name, tmp_path, warnings):
    folders = copy_sample(name, tmp_path)
    damage(folders.state / "resume" / "inbox.json")
    with opened(folders, warnings) as store:
        assert store.load(SERVER, OWNER, STATES[name].filters) is None
    assert "is not used" in warnings[0]


@pytest.mark.parametrize(
    ("name", "reason", "unsure"),
    [
        ("clean-end", ENDED, False),
        ("killed", KILLED, True),
        ("killed-in-gap", KILLED, True),
        ("killed-offline", KILLED, True),
        ("gap-not-filled", ENDED, True),
        ("past-events-not-read", KILLED, True),
        ("left-by-count", ENDED, False),
    ],
)
def test_the_session_that_is_continued(name, reason, unsure):
    known = STATES[name]
    past = previous_session(known, clock())
    assert past is not None
    assert (past.wsc, past.oauth_session) == (known.wsc, known.oauth_session)
    assert past.subscription_id == known.subscription_id
    assert (past.limits.recovery_timeout, past.limits.recovery_buffer_size) == (180.0, 100)
    assert (past.reason, past.unsure) == (reason, unsure)


@pytest.mark.parametrize("name", STATES)
def test_its_subscription_is_spared_while_it_can_be_recovered(name, tmp_path):
    folders = copy_sample(name, tmp_path)
    known = STATES[name]
    assert known.last_frame is not None
    assert recoverable_subscriptions(folders.state, known.last_frame + 179) == {
        known.subscription_id
    }
    assert recoverable_subscriptions(folders.state, known.last_frame + 181) == set()


def test_what_was_printed_is_remembered(tmp_path):
    folders = copy_sample("several-kinds", tmp_path)
    told = io.StringIO()
    known = STATES["several-kinds"]
    with RunState(folders, SETTINGS, known.filters, "inbox", Reporter(told)) as memory:
        assert memory.past is not None
        assert memory.known_since is None
        assert not any(memory.seen.add(uuid) for uuid in known.uuids)
        assert memory.seen.add("1795704318924295005")
        # The text that came live is not printed from the message store, nor the other way round.
        assert not memory.printed.is_new(text_message("1795704318002", past=True))
        assert not memory.printed.is_new(text_message("1795704318000", past=False))
        assert memory.printed.is_new(text_message("1795704318003", past=True))
    assert told.getvalue() == ""


def text_message(number: str, *, past: bool) -> Notification:
    uuid = f"history:sms:{number}" if past else number
    event = f"{USER}/message-store/instant?type=SMS"
    payload = {"uuid": uuid, "event": event, "body": {"id": number, "type": "SMS"}}
    return Notification(uuid, event, "", json.dumps(payload).encode())


def test_a_name_that_the_earlier_version_uses_is_taken(tmp_path, warnings):
    folders = copy_sample("clean-end", tmp_path)
    with (folders.state / "resume" / "inbox.lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(BusyError), opened(folders, warnings):
            pass


# Events that wait to be printed.


@pytest.mark.parametrize(
    ("name", "waiting"),
    [
        (
            "left-by-count",
            [
                ("1795704307012224002", "2026-11-26T14:45:07.258Z", "1795704307002", "three"),
                ("1795704307012224003", "2026-11-26T14:45:07.258Z", "1795704307003", "four"),
                ("1795704307012224004", "2026-11-26T14:45:07.259Z", "1795704307004", "five"),
            ],
        ),
        (
            "left-by-count-twice",
            [
                ("1795704307284046003", "2026-11-26T14:45:07.475Z", "1795704307003", "four"),
                ("1795704307284046004", "2026-11-26T14:45:07.476Z", "1795704307004", "five"),
            ],
        ),
    ],
)
def test_events_that_wait_are_read_field_by_field(name, waiting, tmp_path, warnings):
    folders = copy_sample(name, tmp_path)
    known = STATES[name]
    assert known.waiting is not None
    with opened(folders, warnings) as store:
        store.load(SERVER, OWNER, known.filters)
        kept = store.unprinted(known.waiting)
        events = [event for part in kept for event in part]
        assert kept.lost == 0
    bodies = [json.loads(event.payload)["body"] for event in events]
    found = [
        (event.uuid, event.timestamp, body["id"], body["subject"])
        for event, body in zip(events, bodies, strict=True)
    ]
    assert found == waiting
    for event in events:
        assert event.event == f"{USER}/message-store/instant?type=SMS"
        assert event.subscription_id == known.subscription_id
        payload = json.loads(event.payload)
        assert payload["uuid"] == event.uuid
        # The whole message, for a run that prints whole messages.
        meta, body = json.loads(event.frame)
        assert meta["type"] == "ServerNotification"
        assert body == payload
    assert warnings == []


def test_damaged_events_are_noticed(tmp_path, warnings):
    folders = copy_sample("left-by-count", tmp_path)
    (file,) = (folders.state / "resume").glob("*.waiting")
    damage(file)
    waiting = STATES["left-by-count"].waiting
    assert waiting is not None
    with opened(folders, warnings) as store:
        kept = store.unprinted(waiting)
        assert [event.uuid for part in kept for event in part] == ["1795704307012224002"]
        assert kept.lost == 2


# Subscriptions.


@pytest.mark.parametrize(
    ("name", "subscription", "at"),
    [
        ("clean-end", "baca8a62-62fb-4dda-b2a2-15883462b8d2", 1795704294.70341),
        ("killed", "6573bd60-3879-44b2-b2bc-60dc5f63158e", 1795704295.3615315),
        # One line says that an earlier subscription is gone.
        ("killed-in-gap", "1f2b4826-69e7-48a2-a822-5bf4513dbb1b", 1795704296.052087),
        ("gap-not-filled", "3295780a-dbd9-4cea-9ded-d1679a701711", 1795704308.2315423),
        ("killed-without-resume", "3a66c6c9-601a-43fb-ad9f-2d29583480bf", 1795704319.450484),
    ],
)
def test_subscriptions_that_were_left_behind_are_found(name, subscription, at, tmp_path, warnings):
    folders = copy_sample(name, tmp_path)
    (file,) = (folders.state / "subscriptions").iterdir()
    now = at + 60
    book = SubscriptionJournal(folders.state, SERVER, OWNER, warnings)
    found = book.stale(now)
    assert [(left.id, left.written_at, left.path) for left in found] == [(subscription, at, file)]
    assert book.stale(now, spare={subscription}) == []
    for server, owner in ((SERVER, "another"), ("https://platform.example", OWNER)):
        assert SubscriptionJournal(folders.state, server, owner, warnings).stale(now) == []
    book.forget(found, now)
    assert not file.exists()
    assert warnings == []


def test_a_damaged_subscription_is_noticed(tmp_path, warnings):
    folders = copy_sample("killed", tmp_path)
    (file,) = (folders.state / "subscriptions").iterdir()
    file.write_text(file.read_text().rstrip()[:-1])
    book = SubscriptionJournal(folders.state, SERVER, OWNER, warnings)
    assert book.stale(1795704295.3615315 + 60) == []
    # What it said is not known, so it is not thrown away before the day is over.
    assert file.exists()


def test_a_file_that_the_earlier_version_still_writes_is_left_alone(tmp_path, warnings):
    folders = copy_sample("killed", tmp_path)
    (file,) = (folders.state / "subscriptions").iterdir()
    with file.open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        book = SubscriptionJournal(folders.state, SERVER, OWNER, warnings)
        assert book.stale(1795704295.3615315 + 60) == []


# Tokens.


def cache_of(folders: Folders, warnings: Warnings, profile: str = "") -> TokenCache:
    settings = Settings(SERVER, CREDENTIALS, "a test", profile=profile)
    return TokenCache(folders.cache, settings.cache_key, settings.identity_key, warnings)


TOKENS = {
    ("refresh-tokens", ""): AccessToken(
        "AT-sjnDhGUt_EvbrhoV-mj_R85U_0FW4Z1eH3I6_tDu",
        expires_at=1795707920.9062972,
        issued_at=1795704320.9062972,
        oauth_session="d97e8a3c-e985-431a-b628-6e68753d7329",
        refresh_token="RT-yA-lqjp5rNlgYWTiJRub4dp0Woo2NVJhP8mJYn7H",
        refresh_expires_at=1796309120.9062972,
        scope=_SCOPE,
        owner_id="400000101",
    ),
    ("logins", "default"): AccessToken(
        "AT-xnVMe91Tk628yqdTfRKDEoWLzf_YR71E0AiqdIFt",
        expires_at=1795707919.7979515,
        issued_at=1795704319.7979515,
        oauth_session="3a677e5a-46fa-4c96-8513-7d153ca21a35",
        scope=_SCOPE,
        owner_id="400000101",
    ),
    ("logins", "work"): AccessToken(
        "AT-I84WOcDvzOm2X9CcWBMP4rRlPqkgGHYyiOw1Sbfb",
        expires_at=1795707920.212345,
        issued_at=1795704320.212345,
        oauth_session="20ee7def-5a79-4cb5-ad22-946d01c18ca1",
        scope=_SCOPE,
        owner_id="400000101",
    ),
    ("logins", "public"): AccessToken(
        "AT-UW8hnU_AUlsh1WGbHpk4QgBe1HOipSUir21TvgvH",
        expires_at=1795707920.614545,
        issued_at=1795704320.614545,
        oauth_session="63b918f2-a4b1-4011-90a4-48aad7feece6",
        scope=_SCOPE,
        owner_id="400000101",
    ),
}


@pytest.mark.parametrize(("name", "profile"), TOKENS)
def test_a_token_is_read_field_by_field(name, profile, tmp_path, warnings):
    cache = cache_of(copy_sample(name, tmp_path), warnings, profile)
    expected = TOKENS[name, profile]
    with cache.locked():
        cached = cache.read()
    assert cached == CacheContents((expected,), ADA)
    # Tokens hide their secrets, so that a comparison that fails shows none.
    assert cached.tokens[0].value == expected.value
    assert cached.tokens[0].refresh_token == expected.refresh_token
    assert cached.tokens[0].lives(1795704330.0, 30)
    assert warnings == []


def test_the_token_of_a_state_is_that_of_its_session(tmp_path, warnings):
    cached = cache_of(copy_sample("clean-end", tmp_path), warnings).peek()
    assert cached.of(STATES["clean-end"].oauth_session) is not None
    assert cached.identity is None


def test_a_damaged_token_is_noticed(tmp_path, warnings):
    cache = cache_of(copy_sample("refresh-tokens", tmp_path), warnings)
    cache.path.write_bytes(cache.path.read_bytes()[:-1])
    with cache.locked():
        assert cache.read() == CacheContents()
    assert "the token cache was damaged" in warnings[0]


# Calls that were counted.


def platform_at(folders: Folders, now: float) -> Platform:
    platform = Platform(SETTINGS, Reporter(io.StringIO()), folders=folders)
    platform.budget.clock = lambda: now
    return platform


@pytest.mark.parametrize(
    ("name", "now", "used", "wait"),
    [
        ("clean-end", 1795704295.0, 2, 0.0),
        ("killed-in-gap", 1795704297.0, 3, 0.0),
        # All five are used; the first of them was at .411706.
        ("killed-without-resume", 1795704320.0, 5, 59.411706),
        # The service asked for a pause of 50 seconds.
        ("rate-limited", 1795704331.8108916, 2, 40.0),
    ],
)
def test_calls_are_counted_on(name, now, used, wait, tmp_path):
    outlook = platform_at(copy_sample(name, tmp_path), now).budget.outlook()
    assert (outlook.limit, outlook.used, outlook.window) == (5, used, 60.0)
    assert outlook.wait == pytest.approx(wait)


def test_a_call_that_would_be_refused_is_not_made(tmp_path):
    platform = platform_at(copy_sample("rate-limited", tmp_path), 1795704331.8108916)
    with pytest.raises(RateLimitedError) as caught:
        platform.budget.spend()
    assert caught.value.retry_after == pytest.approx(40.0)


def test_damaged_counts_are_noticed(tmp_path):
    folders = copy_sample("rate-limited", tmp_path)
    (file,) = folders.cache.glob("budget-*.json")
    file.write_bytes(file.read_bytes()[:-1])
    outlook = platform_at(folders, 1795704331.8108916).budget.outlook()
    assert (outlook.limit, outlook.used, outlook.wait) == (None, 0, 0.0)


# Logins.


@pytest.fixture
def logins(tmp_path: Path, warnings: Warnings) -> ProfileStore:
    folders = copy_sample("logins", tmp_path)
    keyring = Keyring(FolderKeyring(tmp_path / "keyring"))
    return ProfileStore(folders.config, warnings, lambda: keyring)


@pytest.mark.parametrize(
    ("name", "secret", "place"),
    [
        ("default", CREDENTIALS.client_secret, "file"),
        ("work", CREDENTIALS.client_secret, "keyring"),
        ("public", None, "file"),
    ],
)
def test_a_profile_is_read_field_by_field(name, secret, place, logins, warnings):
    assert logins.names() == ["default", "public", "work"]
    profile = logins.load(name)
    assert isinstance(profile, Profile)
    assert profile.server == SERVER
    assert profile.credentials.client_id == "simulator-client-id"
    assert profile.credentials.client_secret == secret
    assert profile.credentials.jwt == CREDENTIALS.jwt
    assert profile.identity == ADA
    assert profile.scope == _SCOPE
    assert logins.outline(name).place == place
    assert warnings == []


@pytest.mark.parametrize("name", ["default", "work", "public"])
def test_a_damaged_profile_is_noticed(name, logins):
    path = logins.path(name)
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(ConfigError, match="is damaged"):
        logins.load(name)


def test_a_damaged_keyring_is_noticed(tmp_path, logins):
    file = tmp_path / "keyring" / "passwords.json"
    file.write_text(file.read_text().replace("jwt", "jot"))
    with pytest.raises(SecretsUnavailableError):
        logins.load("work")


# Simulators and recordings.


def test_the_address_and_the_certificate_of_a_simulator(tmp_path):
    folders = copy_sample("simulators", tmp_path)
    assert registered_addresses(folders.state) == ["https://127.0.0.1:53118"]
    trusted = ssl.create_default_context(cafile=certificate_file(folders.state, 53118))
    (certificate,) = trusted.get_ca_certs()
    assert certificate["subject"] == ((("commonName", "rc-tail simulator"),),)


def test_a_damaged_address_is_noticed(tmp_path):
    folders = copy_sample("simulators", tmp_path)
    (file,) = (folders.state / "simulators").iterdir()
    file.write_text(file.read_text().replace("53118", "5311"))
    assert registered_addresses(folders.state) == []


@pytest.mark.parametrize("output", ["json", "frame"])
def test_a_recording_is_played(output):
    played = read_recording(SAMPLES / "recordings" / f"recorded-{output}.jsonl")
    assert [happening.body["type"] for happening in played] == ["SMS", "Fax"]
    assert played[0].body["subject"] == "one"
