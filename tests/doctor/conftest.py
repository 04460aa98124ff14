import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rc_tail.config.folders import Folders
from rc_tail.config.settings import IdentityOptions
from rc_tail.doctor.examination import Examination
from rc_tail.doctor.findings import Finding, StepReport
from rc_tail.doctor.run import run_doctor
from rc_tail.errors import ExitStatus
from rc_tail.events.selection.select import select
from rc_tail.reporter import Reporter
from rc_tail.simulator.instance import Simulator
from rc_tail.simulator.service import options as simulated
from tests.rest.platform import LoopbackPlatform, serve


@dataclass
class Examined:
    """What came of an examination."""

    reports: list[StepReport]
    status: ExitStatus
    told: str
    waits: list[float]

    @property
    def steps(self) -> list[str]:
        return [report.step for report in self.reports]

    def __getitem__(self, step: str) -> Finding:
        (finding,) = (report.finding for report in self.reports if report.step == step)
        return finding

    def outcome(self, step: str) -> str:
        return self[step].outcome.value

    def fails_at(self, step: str, status: int, words: str) -> None:
        """It fails in this step and stops there, says why, and names a cure where there is one."""
        last = self.reports[-1]
        assert (last.step, last.finding.outcome, self.status) == (step, "failed", status), last
        assert words in last.finding.words


class Doctor:
    """Examines as `rc-tail doctor` would, in a home of its own."""

    def __init__(self, folder: Path) -> None:
        self.folders = Folders(folder / "config", folder / "cache", folder / "state")

    def examination(
        self,
        *events: str,
        environ: Mapping[str, str],
        options: IdentityOptions | None = None,
        confirm: Callable[[str], bool] | None = None,
        within: float = 30.0,
        **differently: Any,
    ) -> tuple[Examination, io.StringIO, list[float]]:
        waits: list[float] = []
        stream = io.StringIO()
        examination = Examination(
            options or IdentityOptions(),
            select(events) if events else None,
            environ,
            self.folders,
            Reporter(stream, **differently),
            confirm,
            wait=waits.append,
            within=within,
        )
        return examination, stream, waits

    def __call__(self, *events: str, **given: Any) -> Examined:
        impatient_after = given.pop("impatient_after", "")
        examination, stream, waits = self.examination(*events, **given)
        reports: list[StepReport] = []

        def report(report: StepReport) -> None:
            reports.append(report)
            if report.step == impatient_after:
                # What comes before may take its time on a loaded machine.
                examination.probe._within = 0.2

        status = run_doctor(examination, report)
        return Examined(reports, status, stream.getvalue(), waits)


@pytest.fixture
def doctor(tmp_path: Path) -> Doctor:
    return Doctor(tmp_path)


@pytest.fixture
def simulator(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    """A running simulator; indirect parameters are what differs from the usual."""
    with Simulator(simulated.Options(**getattr(request, "param", {}))) as running:
        yield running


@pytest.fixture
def platform() -> Iterator[LoopbackPlatform]:
    """A server that answers what a test says, and opens no WebSocket."""
    with serve() as running:
        yield running


def variables(url: str) -> dict[str, str]:
    return {
        "RC_SERVER_URL": url,
        "RC_APP_CLIENT_ID": "client-id",
        "RC_APP_CLIENT_SECRET": "client-secret",
        "RC_USER_JWT": "the-jwt-of-ada",
    }
