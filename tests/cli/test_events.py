import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios

import pytest

from rc_tail.cli.app import dispatch
from rc_tail.cli.exit import run_and_exit, use_reporter
from rc_tail.events.catalogue import FAMILIES, KINDS
from rc_tail.events.listing import typed_form

STATUS_CODES = (
    "Setup or Proceeding or Answered or Disconnected or Gone or Parked or Hold or VoiceMail or "
    "FaxReceive or VoiceMailScreening"
)
PAINT = re.compile(r"\x1b\[[0-9;]*m")
pytestmark = pytest.mark.usefixtures("measured")


@pytest.fixture
def run(capsys, monkeypatch):
    """Run `rc-tail events` with these words in this process; return status and outputs."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)

    def run(*words):
        arguments = ["events", *words]
        use_reporter(None)
        with pytest.raises(SystemExit) as ended:
            run_and_exit(lambda: dispatch(arguments), arguments)
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return run


def on_a_terminal(*words: str, columns: int, **variables: str) -> str:
    """Return what `rc-tail events` writes to a terminal of that many columns."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    dropped = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "PYTHONUNBUFFERED")
    environ = {n: v for n, v in os.environ.items() if n not in dropped} | {"TERM": "xterm"}
    environ |= variables
    process = subprocess.Popen(
        [sys.executable, "-m", "rc_tail", "events", *words],
        stdin=subprocess.DEVNULL,
        stdout=slave,
        env=environ,
    )
    os.close(slave)
    written = b""
    try:
        while piece := os.read(master, 65536):
            written += piece
    except OSError:
        # How Linux says that nobody writes to the terminal any more.
        written += b""
    os.close(master)
    assert process.wait(60) == 0
    return written.decode().replace("\r\n", "\n")


def test_all_kinds_are_listed_under_their_families(run):
    status, out, err = run()
    assert (status, err) == (0, "")
    rows = out.splitlines()
    assert [row for row in rows if row and not row.startswith(" ")] == list(FAMILIES.values())
    listed = [row.split()[0] for row in rows if row.startswith(" ")]
    assert listed == [typed_form(kind) for kind in KINDS]
    for kind in KINDS:
        [row] = [row for row in rows if row.split()[:1] == [typed_form(kind)]]
        assert row.endswith(f"  {kind.summary}")
        assert f" {kind.permission} " in row


def test_summaries_stand_in_a_column(run):
    _, out, _ = run()
    rows = {row.split()[0]: row for row in out.splitlines() if row.startswith(" ")}
    assert len({rows[typed_form(kind)].index(kind.summary) for kind in KINDS}) == 1


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["opt-outs"], ["a2p-optouts"]),
        (["insights"], [kind.name for kind in KINDS if kind.family == "ai"]),
        (["readcontacts"], ["favorites"]),
        (["queue", "presence"], ["queue-presence:ID"]),
    ],
)
def test_words_narrow_the_list(run, words, names):
    status, out, _ = run(*words)
    assert status == 0
    assert [row.split()[0] for row in out.splitlines() if row.startswith(" ")] == names


@pytest.mark.parametrize("word", ["calls", "call", "CALLS"])
def test_one_kind_is_shown_by_either_name(run, word):
    status, out, err = run(word)
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "calls",
        "  what        call status changes",
        "  also        call",
        "  filter      /restapi/v1.0/account/~/extension/~/telephony/sessions",
        "  level       extension",
        "  permission  CallControl",
        "  parameters  direction=Inbound or Outbound: one direction only",
        "              missedCall=true: missed calls only",
        "              phoneNumber=+NUMBER: with this number only",
        "              sipData=true: with the SIP data of the call",
        f"              statusCode={STATUS_CODES}: this status only; for several, name the event once for each",
        "              withRecordings=true: recorded calls only",
        "  related     missed-calls, calls-in, calls-out, calls-sip, recorded-calls",
        "  examples    rc-tail calls",
        "              rc-tail calls:direction=Outbound,missedCall=true",
    ]


def test_samples_are_shown_on_request(run):
    _, without, _ = run("calls")
    _, out, _ = run("calls", "--sample")
    head, _, sample = out.partition("  sample\n")
    assert head == without
    [kind] = [kind for kind in KINDS if kind.name == "calls"]
    assert json.loads(sample) == kind.sample
    # Of every kind that is found.
    _, out, _ = run("insights", "--sample")
    assert out.count("  sample\n") == len([kind for kind in KINDS if kind.family == "ai"])


def test_several_kinds_are_shown_one_after_the_other(run):
    _, out, _ = run("queue-presence", "insights-pbx", "sms2-in")
    assert [row for row in out.splitlines() if row and not row.startswith(" ")] == [
        "queue-presence",
        "insights-pbx",
        "sms2-in",
    ]
    assert "  id          ID is the call queue id\n" in out
    assert "  examples    rc-tail queue-presence:400000900\n" in out
    assert "  of the user ReadCompanyCallRecording\n" in out
    assert "  permission  not documented\n" in out
    assert "  parameters  none\n" in out
    assert out.count("\n\n") == 2


@pytest.mark.parametrize("words", [[], ["sms"], ["presence", "monitored"], ["insights"]])
def test_json_is_one_object_a_line(run, words):
    status, out, err = run("--json", *words)
    assert (status, err) == (0, "")
    objects = [json.loads(line) for line in out.splitlines()]
    assert all(set(found) == set(objects[0]) for found in objects)
    _, listed, _ = run(*words)
    assert all(found["name"] in listed for found in objects)
    assert (
        len(objects) == {"": 69, "sms": 1, "presence monitored": 4, "insights": 5}[" ".join(words)]
    )


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["voicemial"], "did you mean voicemail"),
        (["zzz"], "rc-tail events"),
        (["a\x1b[31m"], "x1b"),
    ],
)
def test_nothing_found(run, words, hint):
    for option in ([], ["--json"]):
        status, out, err = run(*option, *words)
        assert (status, out) == (2, "")
        assert hint in err
        assert "\x1b" not in err


def test_colours_are_for_those_who_want_them(run, monkeypatch):
    _, plain, _ = run("presence")
    _, painted, _ = run("presence", "--color", "always")
    assert "\x1b[1mpresence\x1b[0m" in painted
    assert PAINT.sub("", painted) == plain
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert run("presence")[1] == painted
    assert run("presence", "--color", "never")[1] == plain
    _, listed, _ = run("queue")
    assert "\x1b[1mPresence\x1b[0m" in listed


def test_a_terminal_breaks_lines_at_its_width_and_loses_nothing():
    shown = on_a_terminal("a2p", "--no-pager", columns=60)
    assert "\x1b[1mMessages\x1b[0m" in shown
    rows = PAINT.sub("", shown).splitlines()
    assert max(map(len, rows)) <= 60
    words = " ".join(PAINT.sub("", shown).split())
    for kind in KINDS:
        if kind.name.startswith("a2p"):
            assert f"{typed_form(kind)} {kind.permission} {kind.summary}" in words


def test_what_is_there_to_be_copied_is_not_broken():
    shown = PAINT.sub("", on_a_terminal("account-calls", columns=40, PAGER=""))
    assert "  filter      /restapi/v1.0/account/~/telephony/sessions\n" in shown
    assert "rc-tail account-calls:direction=Outbound,missedCall=true\n" in shown
    assert "              withRecordings=true:\n              recorded calls only\n" in shown


@pytest.mark.parametrize("pager", ["", "  ", "cat"])
def test_without_a_pager_a_terminal_gets_all_at_once(pager):
    assert on_a_terminal(columns=80, PAGER=pager) == on_a_terminal("--no-pager", columns=80)


def test_a_program_gets_the_text_and_no_pager(run, monkeypatch):
    monkeypatch.setenv("PAGER", "false")
    assert run()[1].count("\n") > len(KINDS)


def test_a_terminal_gets_json_without_a_pager():
    shown = on_a_terminal("sms", "--json", columns=80, PAGER="false")
    assert json.loads(shown)["name"] == "sms"
