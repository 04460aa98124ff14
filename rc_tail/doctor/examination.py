"""What the steps of doctor share: what was requested, and what earlier steps found out."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from rc_tail.config.folders import Folders
from rc_tail.config.settings import IdentityOptions, Settings
from rc_tail.config.tail_options import SinkRequest
from rc_tail.doctor.gateway_probe import ANSWER_WITHIN, GatewayProbe
from rc_tail.errors import RateLimitedError
from rc_tail.events.selection.select import Selection
from rc_tail.reporter import Reporter
from rc_tail.rest.client import WsToken
from rc_tail.rest.platform import Platform
from rc_tail.rest.token_cache import AccessToken
from rc_tail.state.subscription_journal import SubscriptionJournal
from rc_tail.system.clocks import sleep

# Seconds that are waited for a limit to be free again; a window is a minute.
LONGEST_WAIT = 75.0

T = TypeVar("T")


@dataclass(slots=True)
class Examination:
    """One examination.

    Attributes:
        options: What the command line says about identity and server.
        requested: The events that it names; None for those that the app's permissions open.
        sinks: The destinations that it names.
        dead_letter: The file of ``--dead-letter``; None for none.
        allows_plain: Whether unencrypted connections to destinations on other machines are allowed.
        reporter: Receives waits and, with ``--debug``, every request and frame.
        confirm: Asks a person to agree to something; None without a terminal.
        wait: Waits some seconds.
        within: Seconds in which the gateway must answer.
        resources: What is to be closed at the end.
        settings: As whom, and where; known after the first step.
        platform: The REST side; known after the first step.
        filters: What is to be subscribed to.
        subscription_id: The one that was made here; empty while there is none.
    """

    options: IdentityOptions
    requested: Selection | None
    environ: Mapping[str, str]
    folders: Folders
    reporter: Reporter
    confirm: Callable[[str], bool] | None = None
    sinks: Sequence[SinkRequest] = ()
    dead_letter: Path | None = None
    allows_plain: bool = False
    wait: Callable[[float], None] = sleep
    within: float = ANSWER_WITHIN
    resources: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    settings: Settings = field(init=False)
    platform: Platform = field(init=False)
    token: AccessToken = field(init=False)
    filters: tuple[str, ...] = field(init=False)
    ws_token: WsToken = field(init=False)
    probe: GatewayProbe = field(init=False)
    journal: SubscriptionJournal = field(init=False)
    subscription_id: str = ""

    def retry_after_limit(self, ask: Callable[[], T]) -> T:
        """Return what `ask` returns; wait once where a limit is spent for a short while.

        A call in the time of a penalty restarts it, so none is made before it is over.

        Raises:
            RateLimitedError: It is for longer, or the service does not say for how long.
            RcTailError: It was refused otherwise.
        """
        try:
            return ask()
        except RateLimitedError as error:
            if error.retry_after is None or error.retry_after > LONGEST_WAIT:
                raise
            seconds = error.retry_after + 0.5
            self.reporter.wait(seconds, error.message)
        self.wait(seconds)
        return ask()
