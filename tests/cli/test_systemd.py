import configparser
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from rc_tail.cli.arguments import SERVICE_EVENTS
from rc_tail.cli.help_pages.pages import NO_RESTART
from rc_tail.cli.service_sinks import CREDENTIALS, ServiceSinks
from rc_tail.cli.systemd import program_words, quote_for_unit, unit_file
from rc_tail.cli.typer_app import click_command


def test_events_go_into_the_unit(run):
    status, out, err = run("systemd", "calls", "dnd")
    assert (status, err) == (0, "")
    assert "Description=RingCentral events (calls, dnd)" in out
    assert " calls dnd --json --resume rc-tail --env-file " in out


def test_without_any_it_takes_the_usual_ones(run):
    assert f" {' '.join(SERVICE_EVENTS)} --json" in run("systemd")[1]


def test_an_unknown_event_is_noticed_now_and_not_by_the_service(run):
    status, out, err = run("systemd", "smss")
    assert (status, out) == (2, "")
    assert "did you mean sms" in err


def test_the_program_is_this_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    there = tmp_path / "rc-tail"
    there.write_text("#!/bin/sh\n")
    there.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(there), "systemd"])
    assert program_words() == [str(there)]
    # Found by the shell, or named from where it is.
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["rc-tail"])
    assert program_words() == [str(there)]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["./rc-tail"])
    assert program_words() == [str(there)]


@pytest.mark.parametrize("started", ["-m", "/no/such/rc-tail", "/usr/bin/python3"])
def test_a_module_is_started_as_one(monkeypatch: pytest.MonkeyPatch, started):
    monkeypatch.setattr(sys, "argv", [started])
    assert program_words() == [sys.executable, "-m", "rc_tail"]


# The unit file.

PROGRAM = ["/opt/rc-tail/bin/rc-tail"]


class Unit(configparser.RawConfigParser):
    """A unit file as systemd reads it: names may come again, and case matters."""

    def __init__(self, text: str) -> None:
        super().__init__(strict=False, comment_prefixes=("#",), delimiters=("=",))
        self.optionxform = str  # type: ignore[assignment,method-assign]  # as the module's documentation does
        self.read_string(text)


def made(*events: str, program=PROGRAM) -> Unit:
    return Unit(unit_file(program, events, events))


def test_the_command_is_one_that_rc_tail_takes():
    command = shlex.split(made("sms", "calls:direction=Inbound")["Service"]["ExecStart"])
    assert command[:3] == [*PROGRAM, "sms", "calls:direction=Inbound"]
    given = click_command("tail").make_context("rc-tail", command[1:]).params
    assert given["resume"] == "rc-tail"
    assert given["as_json"]
    assert str(given["env_file"]) == "${CREDENTIALS_DIRECTORY}/env"


def test_it_is_started_again_only_where_that_helps():
    service = made("sms")["Service"]
    assert service["Restart"] == "on-failure"
    assert service["RestartPreventExitStatus"].split() == list(map(str, NO_RESTART))
    assert service["RestartPreventExitStatus"] == "2 65 76 77 78"


def test_it_is_watched_and_ended_cleanly():
    service = made("sms")["Service"]
    assert (service["Type"], service["WatchdogSec"]) == ("notify", "5min")
    assert service["WatchdogSignal"] == "SIGTERM"


def test_it_is_hardened_and_holds_no_secret():
    text = unit_file(PROGRAM, ["sms"], ["sms"])
    service = Unit(text)["Service"]
    assert service["DynamicUser"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["ProtectHome"] == "yes"
    assert service["LoadCredential"] == "env:/etc/rc-tail/env"
    assert "RC_USER_JWT=...\n" in text
    assert "StateDirectory" in service


@pytest.mark.parametrize("home", ["/home/ada/.local/bin/rc-tail", "/root/.venv/bin/rc-tail"])
def test_a_program_in_a_home_is_pointed_out(home):
    text = unit_file([home], ["sms"], ["sms"])
    assert Unit(text)["Service"]["ProtectHome"] == "read-only"
    assert "in a home directory" in text
    assert "in a home directory" not in unit_file(PROGRAM, ["sms"], ["sms"])


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("sms", "sms"),
        ("calls:direction=Inbound", "calls:direction=Inbound"),
        ("a b", '"a b"'),
        ("100%", "100%%"),
        ("$HOME", '"$$HOME"'),
        ('"', '"\\""'),
        ("\\", '"\\\\"'),
        ("/presence?a=1&b=2", '"/presence?a=1&b=2"'),
        ("it's", '"it\'s"'),
    ],
)
def test_words_are_quoted(word, expected):
    assert quote_for_unit(word) == expected


def test_the_program_may_have_a_dollar_in_its_name():
    assert quote_for_unit("/opt/$x/rc-tail", is_program=True) == '"/opt/$x/rc-tail"'


def test_instructions_can_be_pasted():
    path = "/restapi/v1.0/account/~/extension/~/presence?sipData=true"
    text = unit_file(PROGRAM, [path], ["presence-sip"])
    assert f"rc-tail systemd '{path}' | sudo tee" in text


# The template unit.


def test_a_template_has_a_service_for_each_profile(run):
    status, out, err = run("systemd", "--template", "calls")
    assert (status, err) == (0, "")
    service = Unit(out)["Service"]
    assert service["LoadCredential"] == "env:/etc/rc-tail/%i.env"
    assert service["StateDirectory"] == service["CacheDirectory"] == "rc-tail-%i"
    assert Unit(out)["Unit"]["Description"] == "RingCentral events for %i (calls)"
    assert "rc-tail systemd --template calls | sudo tee /etc/systemd/system/rc-tail@.service" in out
    assert "enable --now rc-tail@work rc-tail@sales" in out
    # All folders are those of the profile; in all else it is the unit of one service.
    assert "%S/rc-tail/" not in out
    alone = Unit(run("systemd", "calls")[1])["Service"]
    differ = {name for name in service if service[name] != alone.get(name)}
    assert differ == {
        "LoadCredential",
        "StateDirectory",
        "CacheDirectory",
        "Environment",
        "ExecStartPre",
    }


def test_starts_are_spread_over_a_minute(tmp_path: Path):
    """What systemd would run before each start waits for a random time."""
    service = Unit(unit_file(PROGRAM, ["sms"], ["sms"], template=True))["Service"]
    # As systemd reads the line: `$$` is `$`.
    shell, *words = shlex.split(service["ExecStartPre"].replace("$$", "$"))
    sleep = tmp_path / "sleep"
    sleep.write_text('#!/bin/sh\necho "$@"\n')
    sleep.chmod(0o755)
    environ = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    waits = [
        int(subprocess.run([shell, *words], env=environ, capture_output=True, check=True).stdout)
        for _ in range(40)
    ]
    assert 0 <= min(waits) < max(waits) <= 60
    assert len(set(waits)) > 5
    assert "ExecStartPre" not in made("sms")["Service"]


@pytest.mark.parametrize("name", ["rc-tail.service", "rc-tail@.service"])
@pytest.mark.parametrize(
    "events",
    [("sms",), ("calls?direction=Inbound&statusCode=Answered", "sms"), ("a2p-messages:to=+1",)],
)
def test_systemd_finds_nothing_wrong(tmp_path: Path, events, name):
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("systemd is not installed")
    # It looks whether the program is there.
    program = tmp_path / "bin with 100% $HOME" / "rc-tail"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    unit = tmp_path / name
    sinks = ServiceSinks(
        ("--exec", "cat $RC_EVENT_FILES", "--forward-token-file", f"{CREDENTIALS}/token"),
        ("--exec", "cat"),
        {"token": tmp_path / "bin with 100% $HOME" / "token"},
    )
    text = unit_file([str(program)], events, events, template="@" in name, sinks=sinks)
    unit.write_text(text)
    ran = subprocess.run(
        [verify, "verify", "--man=no", str(unit)], capture_output=True, text=True, timeout=60
    )
    if "Failed to initialize manager" in ran.stderr or "not permitted" in ran.stderr:
        pytest.skip(f"systemd cannot look at it here: {ran.stderr.splitlines()[-1]}")
    ours = [line for line in ran.stderr.splitlines() if "rc-tail" in line]
    assert ours == []
    assert ran.returncode == 0, ran.stderr


def test_systemd_finds_what_is_wrong(tmp_path: Path):
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("systemd is not installed")
    unit = tmp_path / "rc-tail.service"
    unit.write_text(unit_file([str(tmp_path / "nowhere")], ["sms"], ["sms"]))
    ran = subprocess.run(
        [verify, "verify", "--man=no", str(unit)], capture_output=True, text=True, timeout=60
    )
    assert "nowhere" in ran.stderr
