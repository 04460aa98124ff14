"""Runs the steps in order, to the last one or to the first that fails."""

from collections.abc import Callable, Sequence

from rc_tail.doctor.examination import Examination
from rc_tail.doctor.findings import Finding, StepReport, failed
from rc_tail.doctor.steps import destinations, gateway, login, network, stale_subscriptions
from rc_tail.errors import ExitStatus, RcTailError
from rc_tail.system.clocks import clock

Step = Callable[[Examination], Finding]

STEPS: Sequence[tuple[str, Step]] = (
    ("settings", login.check_settings),
    ("jwt", login.check_jwt),
    ("dns", network.check_dns),
    ("proxy", network.check_proxy),
    ("tls", network.check_tls),
    ("clock", network.check_clock),
    ("token", login.check_token),
    ("identity", login.check_identity),
    ("permissions", login.check_permissions),
    ("wstoken", gateway.check_ws_token),
    ("websocket", gateway.check_connection),
    ("details", gateway.check_details),
    ("subscription", gateway.check_subscription),
    ("heartbeat", gateway.check_heartbeat),
    ("limits", login.check_limits),
    ("leftovers", stale_subscriptions.check_stale_subscriptions),
)
# Only where destinations beside standard output are named.
SINK_STEP: tuple[str, Step] = ("destinations", destinations.check_destinations)


def run_doctor(examination: Examination, report: Callable[[StepReport], None]) -> ExitStatus:
    """Run the steps; return the exit status.

    Whatever happens, the subscription is deleted and the connection closed.

    Args:
        report: Called after each step.
    """
    with examination.resources:
        for name, step in (*STEPS, SINK_STEP) if examination.sinks else STEPS:
            started = clock()
            finding = _run_step(step, examination)
            report(StepReport(name, finding, clock() - started))
            if finding.failed:
                return finding.status
    return ExitStatus.OK


def _run_step(step: Step, examination: Examination) -> Finding:
    try:
        return step(examination)
    except RcTailError as error:
        if error.exit_status is ExitStatus.BUG:
            raise
        return failed(error)
