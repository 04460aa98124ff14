"""The kind of every message: what ``--log-format json`` writes as ``event``, by who reports it.

Scripts choose messages by this word. All calls of the reporter are found in the source, so that a
new message cannot appear under a kind that was not decided here.
"""

import ast
from collections import defaultdict
from pathlib import Path

import rc_tail

PACKAGE = Path(rc_tail.__file__).parent
LEVELS = ("info", "warning", "verbose", "debug")
# The modules that report each kind.
KINDS = {
    "bad_line": {"cli/show_files.py"},
    "completion": {"cli/completion/request.py"},
    "connect": {"tail/narrator.py"},
    "credentials": {
        "cli/login.py",
        "config/loading.py",
        "rest/platform.py",
        "rest/stored_login.py",
    },
    "doctor": {
        "doctor/steps/destinations.py",
        "doctor/steps/gateway.py",
        "doctor/steps/stale_subscriptions.py",
    },
    "fault": {"cli/simulator.py"},
    "filter_refused": {"tail/narrator.py"},
    "frame": {"transport/websocket.py"},
    "gap": {"tail/narrator.py"},
    "health": {"status/setup.py"},
    "history": {"tail/narrator.py"},
    "login": {"cli/login.py", "rest/login.py"},
    "logout": {"cli/logout.py"},
    "messages": {"status/setup.py"},
    "pager": {"cli/events.py"},
    "profiles": {"cli/profiles.py"},
    "ready": {"tail/narrator.py"},
    "reconnect": {"tail/narrator.py"},
    "reconnecting": {"tail/narrator.py"},
    "rest": {"rest/platform.py"},
    "saved": {"tail/sink_setup.py"},
    "sent": {"cli/simulator.py"},
    "shaping": {"cli/show_files.py", "tail/run.py"},
    "simulator": {"cli/simulator.py"},
    "sink": {"tail/sink_setup.py"},
    "state": {"state/run_state.py"},
    "summary": {"tail/narrator.py"},
    "takeover": {"tail/narrator.py"},
    "wait": {"reporter.py", "tail/sink_setup.py"},
}


def _reported() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(PACKAGE.rglob("*.py")):
        file = str(path.relative_to(PACKAGE))
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and (kind := _kind(call)):
                found[kind].add(file)
    return found


def _kind(call: ast.Call) -> str:
    """The kind that a call of the reporter, or of its callback for warnings, decides."""
    function = call.func
    if isinstance(function, ast.Name) and function.id == "warning_callback":
        # What is known about the credentials is the default.
        return _text(call.args[1]) if len(call.args) > 1 else "credentials"
    if not isinstance(function, ast.Attribute) or function.attr not in LEVELS:
        return ""
    whose = ast.unparse(function.value)
    return _text(call.args[0]) if whose.endswith("reporter") or whose == "self" else ""


def _text(node: ast.expr) -> str:
    # The callback passes on the kind that it was made for.
    return str(node.value) if isinstance(node, ast.Constant) else ""


def test_every_message_has_the_kind_that_was_decided_for_it() -> None:
    assert dict(_reported()) == KINDS
