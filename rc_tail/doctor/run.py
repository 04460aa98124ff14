"""Walks the road, step by step, to its end or to the first step that fails."""

from collections.abc import Callable, Sequence

from rc_tail.doctor.examination import Examination
from rc_tail.doctor.findings import Finding, StepReport, failed
from rc_tail.doctor.steps import gateway as listening_steps
from rc_tail.doctor.steps import login as login_steps
from rc_tail.doctor.steps import network as network_steps
from rc_tail.doctor.steps import stale_subscriptions as leftovers
from rc_tail.errors import ExitStatus, RcTailError
from rc_tail.system.clocks import clock

Step = Callable[[Examination], Finding]

STEPS: Sequence[tuple[str, Step]] = (
    ("settings", login_steps.settings),
    ("jwt", login_steps.claims),
    ("dns", network_steps.name),
    ("proxy", network_steps.proxy),
    ("tls", network_steps.encryption),
    ("clock", network_steps.clock),
    ("token", login_steps.token),
    ("identity", login_steps.who),
    ("permissions", login_steps.permissions),
    ("wstoken", listening_steps.ws_token),
    ("websocket", listening_steps.connection),
    ("details", listening_steps.details),
    ("subscription", listening_steps.subscription),
    ("heartbeat", listening_steps.heartbeat),
    ("limits", login_steps.limits),
    ("leftovers", leftovers.leftovers),
)


def run_doctor(road: Examination, tell: Callable[[StepReport], None]) -> ExitStatus:
    """Walk the road; return the status to end with.

    Whatever happens, the subscription is deleted and the connection closed.

    Args:
        road: The road.
        tell: Is told of each step when it is done.
    """
    with road.held:
        for name, step in STEPS:
            started = clock()
            finding = _taken(step, road)
            tell(StepReport(name, finding, clock() - started))
            if finding.failed:
                return finding.status
    return ExitStatus.OK


def _taken(step: Step, road: Examination) -> Finding:
    try:
        return step(road)
    except RcTailError as error:
        if error.exit_status is ExitStatus.BUG:
            raise
        return failed(error)
