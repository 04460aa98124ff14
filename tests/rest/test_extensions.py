"""Extension ids and numbers, asked of a simulated RingCentral."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from rc_tail.config.folders import Folders
from rc_tail.config.loading import read_settings
from rc_tail.config.settings import IdentityOptions
from rc_tail.errors import PermissionMissingError, UsageError
from rc_tail.reporter import Reporter
from rc_tail.rest.extensions import extension_ids
from rc_tail.rest.platform import Platform
from rc_tail.simulator.instance import Simulator
from rc_tail.simulator.service.options import Options as SimulatorOptions


def platform_of(simulator: Simulator, folder: Path) -> Platform:
    folders = Folders(folder / "config", folder / "cache", folder / "state")
    reporter = Reporter(io.StringIO())
    settings = read_settings(
        IdentityOptions(), reporter, environ=simulator.variables, folders=folders
    )
    return Platform(settings, reporter, folders=folders)


@pytest.fixture
def simulator(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    with Simulator(SimulatorOptions(**getattr(request, "param", {}))) as running:
        yield running


@pytest.fixture
def platform(simulator: Simulator, tmp_path: Path) -> Iterator[Platform]:
    with platform_of(simulator, tmp_path) as made:
        yield made


def test_ids_are_taken_as_they_are_and_nothing_is_asked(simulator, platform):
    assert extension_ids(["400000102", "7"], platform) == ["400000102", "7"]
    assert simulator.requests == []


def test_numbers_are_looked_up(simulator, platform):
    assert extension_ids(["ext:102", "400000101"], platform) == ["400000102", "400000101"]
    asked = [request.path for request in simulator.requests]
    assert "/restapi/v1.0/account/~/extension" in asked


def test_a_number_that_does_not_exist(platform):
    with pytest.raises(UsageError, match="no extension 999 in this account"):
        extension_ids(["ext:999"], platform)


@pytest.mark.parametrize(
    "name", ["", "ada", "ext:", "ext:ada", "EXT:102", "ext:1 2", "-102", "1.5", "10²", "٣", "~"]
)
def test_what_is_no_extension_is_said_before_anything_is_asked(simulator, platform, name):
    with pytest.raises(UsageError) as raised:
        extension_ids(["ext:102", name], platform)
    assert "invalid extension" in raised.value.message
    assert "ext:101" in raised.value.hint
    assert simulator.requests == []


def test_a_name_cannot_forge_lines(platform):
    with pytest.raises(UsageError) as raised:
        extension_ids(["1\n\x1b[31m"], platform)
    assert "\n" not in raised.value.message
    assert "\x1b" not in raised.value.message


@pytest.mark.parametrize("simulator", [{"scope": ("WebSocketsSubscription",)}], indirect=True)
def test_a_missing_permission_is_reported(platform):
    with pytest.raises(PermissionMissingError):
        extension_ids(["ext:102"], platform)
