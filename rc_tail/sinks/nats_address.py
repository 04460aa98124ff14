"""The address of a NATS JetStream stream, and the subject that an event gets there.

``nats://[USER@]HOST[:PORT][,HOST[:PORT]...]/STREAM?subject=...&create=1&window=24h`` and so on;
``tls://`` for TLS. What a stream and its window are: https://docs.nats.io/nats-concepts/jetstream.
"""

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from rc_tail.errors import UsageError
from rc_tail.events.event_uri import MINE, extension_id, parse_event_uri
from rc_tail.events.matching import kind_name
from rc_tail.gateway.messages import Notification
from rc_tail.network.server_address import is_loopback
from rc_tail.text.durations import parse_duration
from rc_tail.text.escape import visible

OPTION = "--sink"
SUBJECT = "rc.{account}.{extension}.{kind}"
WINDOW = 24 * 3600.0  # seconds
_PORT = 4222
_MOST_REPLICAS = 5  # of JetStream
_PARAMETERS = (
    *("subject", "create", "window", "replicas"),
    *("max_age", "max_bytes", "credentials"),
)
_PLACEHOLDERS = ("{account}", "{extension}", "{kind}")
_UNKNOWN = "_"
_FORBIDDEN = re.compile(r"[^A-Za-z0-9_-]")
_STREAM = re.compile(r"[A-Za-z0-9_-]{1,255}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]+")


class NatsAddress(msgspec.Struct, frozen=True):
    """Where events are published.

    Attributes:
        servers: Host and port of each; an IPv6 address without brackets.
        is_encrypted: Whether TLS is demanded.
        user: Empty for none.
        subject: With ``{account}``, ``{extension}`` and ``{kind}``.
        creates: Whether a missing stream is made.
        window: Seconds within which the stream recognises a message that comes again.
        replicas: How many servers keep a stream that is made here.
        max_age: Seconds for which such a stream keeps messages; None for ever.
        max_bytes: The size of such a stream; None for no limit.
        credentials: A ``.creds`` file, or one with an nkey seed or the user's password; None for
            none.
    """

    servers: tuple[tuple[str, int], ...]
    is_encrypted: bool
    user: str
    stream: str
    subject: str = SUBJECT
    creates: bool = False
    window: float = WINDOW
    replicas: int = 1
    max_age: float | None = None
    max_bytes: int | None = None
    credentials: Path | None = None

    @property
    def hosts(self) -> str:
        """The servers as text."""
        return ",".join(server_text(host, port) for host, port in self.servers)

    @property
    def pattern(self) -> str:
        """The subject with ``*`` for what differs from event to event."""
        return ".".join("*" if "{" in token else token for token in self.subject.split("."))

    @property
    def made_subjects(self) -> list[str]:
        """The subjects of a stream that is made for this address."""
        return ["rc.>"] if self.subject.startswith("rc.") else [self.pattern]


def server_text(host: str, port: int) -> str:
    """Return host and port as an address writes them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def parse_nats_address(text: str, *, allows_plain: bool) -> NatsAddress:
    """Return what an address says.

    Raises:
        UsageError: It says something that cannot be, holds a password, or is unencrypted for
            another machine.
    """
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise UsageError(f"{OPTION}: invalid address: {error}") from error
    user, at, hosts = parts.netloc.rpartition("@")
    if ":" in user:
        raise UsageError(
            f"{OPTION}: the address contains a password",
            hint="Set RC_SINK_PASSWORD instead, or name a file: ?credentials=FILE.",
        )
    if at and not user:
        raise UsageError(f"{OPTION}: the address has no user before the @")
    stream = unquote(parts.path.removeprefix("/"))
    if not _STREAM.fullmatch(stream):
        raise UsageError(
            f"{OPTION}: the address of NATS names no stream",
            hint="For example nats://localhost/EVENTS?create=1.",
        )
    address = NatsAddress(
        servers=tuple(_server(each) for each in hosts.split(",")),
        is_encrypted=parts.scheme == "tls",
        user=unquote(user),
        stream=stream,
        **_parameters(parts.query),
    )
    far = next((host for host, _ in address.servers if not is_loopback(host)), None)
    if far is not None and not address.is_encrypted and not allows_plain:
        raise UsageError(
            f"{OPTION}: nats:// to {visible(far)} is not encrypted",
            hint="Use tls://, or --sink-insecure if the network between is trusted.",
        )
    if address.max_age is not None and address.max_age < address.window:
        raise UsageError(
            f"{OPTION}: max_age is shorter than the window in which duplicates are recognised",
            hint="Use a longer max_age or a shorter window.",
        )
    return address


def _server(text: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or not host.isascii() or not host.isprintable() or " " in host:
        raise UsageError(
            f"{OPTION}: invalid server {visible(text)[:80]!r}",
            hint="The address begins with nats://HOST[:PORT][,HOST[:PORT]...]/STREAM.",
        )
    return host, port or _PORT


def _parameters(query: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in _PARAMETERS:
            raise UsageError(
                f"{OPTION}: unknown parameter {visible(name)[:40]!r} of a NATS address",
                hint=f"The parameters are {', '.join(_PARAMETERS)}.",
            )
        key = "creates" if name == "create" else name
        if key in found:
            raise UsageError(f"{OPTION}: {name} is given twice")
        if not value and name in ("max_age", "max_bytes"):
            continue  # no limit
        found[key] = _parameter(name, value)
    return found


def _parameter(name: str, value: str) -> Any:
    where = f"{OPTION}: {name}"
    match name:
        case "subject":
            return _subject(value)
        case "create":
            if value not in ("0", "1"):
                raise UsageError(f"{where} is 0 or 1")
            return value == "1"
        case "window" | "max_age":
            return parse_duration(value, where)
        case "replicas":
            return _number(value, where, _MOST_REPLICAS)
        case "max_bytes":
            return _number(value, where, 2**63 - 1)
        case _:
            if not value or "\0" in value:
                raise UsageError(f"{where} requires a file name")
            return Path(value)


def _number(value: str, where: str, most: int) -> int:
    if not (value.isascii() and value.isdecimal()) or not 1 <= int(value[:20]) <= most:
        raise UsageError(f"{where}: {visible(value)[:40]!r} is not a number from 1 to {most}")
    return int(value)


def _subject(value: str) -> str:
    tokens = value.split(".")
    for token in tokens:
        rest = token
        for placeholder in _PLACEHOLDERS:
            rest = rest.replace(placeholder, "x")
        if not _TOKEN.fullmatch(rest):
            known = ", ".join(_PLACEHOLDERS)
            raise UsageError(
                f"{OPTION}: invalid subject {visible(value)[:80]!r}",
                hint=f"Use letters, digits, _ and - between dots, and {known}.",
            )
    if "{" in tokens[0]:
        # A stream of such subjects would store the answers to requests too.
        raise UsageError(
            f"{OPTION}: a subject must begin with a fixed word", hint=f"For example {SUBJECT}."
        )
    return value


def subject_of(template: str, event: Notification) -> str:
    """Return the subject of an event; what is missing or not allowed in a subject is ``_``."""
    uri = parse_event_uri(event.event)
    values = {
        "{account}": "" if uri.account == MINE else uri.account,
        "{extension}": extension_id(event.event),
        "{kind}": kind_name(event.event),
    }
    subject = template
    for placeholder, value in values.items():
        subject = subject.replace(placeholder, _FORBIDDEN.sub(_UNKNOWN, value) or _UNKNOWN)
    return subject


def covers(stream_subject: str, pattern: str) -> bool:
    """Whether a stream of one subject takes whatever is published to another, both with wildcards."""
    theirs, ours = stream_subject.split("."), pattern.split(".")
    for index, part in enumerate(theirs):
        if part == ">":
            return len(ours) > index
        if index >= len(ours) or (part != "*" and part != ours[index]):
            return False
    return len(theirs) == len(ours)
