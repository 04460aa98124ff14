import time
from pathlib import Path
from typing import Any

import pytest

from rc_tail.cli import groups
from rc_tail.cli.choices import Color, LogFormat, Output, TimeFormat
from rc_tail.cli.tail_request import TailRequest
from rc_tail.errors import UsageError
from rc_tail.reporter import Verbosity

GROUPS = (
    groups.EVENTS,
    groups.OUTPUT,
    groups.END,
    groups.SUPERVISION,
    groups.IDENTITY,
    groups.MESSAGES,
)
DEFAULTS = {name: entry[1] for group in GROUPS for name, entry in group.items()}


def given(**options: Any) -> TailRequest:
    assert options.keys() <= DEFAULTS.keys()
    return TailRequest({**DEFAULTS, **options})


def test_events_and_filters_are_merged_in_order():
    wanted = given(events=["sms", "voicemail"], filters=["fax", "sms"]).wanted()
    assert wanted.selection.names == ("sms", "voicemail", "fax")


def test_without_an_event_those_of_the_command_are_taken():
    assert given().wanted(("sms",)).selection.names == ("sms",)
    assert given(filters=["fax"]).wanted(("sms",)).selection.names == ("fax",)


def test_without_any_event_there_is_nothing_to_tail():
    with pytest.raises(UsageError):
        given().wanted()


def test_what_is_said_is_taken():
    wanted = given(
        events=["sms"],
        extension=["ext:102"],
        count=3,
        seconds="1m30s",
        retry_for="2h",
        time=TimeFormat.utc,
        history=False,
        resume="night",
        where=["a", "b"],
        exclude=["fax"],
        template="{text}",
        mask=True,
    ).wanted()
    assert wanted.extensions == ("ext:102",)
    assert (wanted.count, wanted.seconds, wanted.retry_for) == (3, 90.0, 7200.0)
    assert (wanted.time, wanted.history, wanted.resume) == ("utc", False, "night")
    assert (wanted.where, wanted.template, wanted.mask) == (("a", "b"), "{text}", True)
    assert wanted.exclude == ("/restapi/v1.0/account/~/extension/~/fax?direction=Inbound",)
    assert wanted.follow
    assert wanted.command[0] == "rc-tail"


def test_a_command_is_split_into_words():
    wanted = given(events=["sms"], command="sh -c 'echo a'", exec_timeout="5s").wanted()
    assert wanted.exec_words == ("sh", "-c", "echo a")
    assert (wanted.exec_jobs, wanted.exec_timeout) == (1, 5.0)
    more = given(events=["sms"], command="true", exec_jobs=3).wanted()
    assert (more.exec_jobs, more.exec_timeout) == (3, 30.0)


def test_since_is_a_moment_of_the_past():
    wanted = given(events=["sms"], since="1h", follow=False).wanted()
    assert wanted.since == pytest.approx(time.time() - 3600, abs=60)
    assert not wanted.follow


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"follow": False}, "--no-follow"),
        ({"since": "1h", "history": False}, "--no-history"),
        ({"resume": "a/b"}, "--resume"),
        ({"resume": ".a"}, "--resume"),
        ({"resume": ""}, "--resume"),
        ({"resume": "a", "since": "1h", "follow": False}, "--no-follow"),
        ({"ready_file": Path("a"), "health_file": Path("./a")}, "--health-file"),
        ({"as_json": True, "output": Output.pretty}, "--output pretty"),
        ({"template": "{text}", "as_json": True}, "--template"),
        ({"template": "{text}", "output": Output.json}, "--template"),
        ({"exclude": ["smz"]}, "smz"),
        ({"exclude": ["missed-calls"]}, "--exclude"),
        ({"exclude": ["calls:direction=Inbound"]}, "--exclude"),
        ({"exec_jobs": 2}, "--exec-jobs"),
        ({"exec_timeout": "5s"}, "--exec-timeout"),
        ({"command": ""}, "--exec"),
        ({"command": "true", "exec_timeout": "5"}, "--exec-timeout"),
        ({"ready_file": Path()}, "--ready-file"),
        ({"health_file": Path()}, "--health-file"),
        ({"seconds": "5"}, "--for"),
        ({"seconds": ""}, "--for"),
        ({"retry_for": "soon"}, "--retry-for"),
        ({"since": "tomorrow"}, "--since"),
    ],
)
def test_what_contradicts_itself_or_means_nothing_is_refused(options: dict[str, Any], words: str):
    with pytest.raises(UsageError) as refused:
        given(events=["sms"], **options).wanted()
    assert words in refused.value.message


@pytest.mark.parametrize(
    ("options", "output"),
    [
        ({}, "json"),
        ({"as_json": True}, "json"),
        ({"as_json": True, "output": Output.json}, "json"),
        ({"output": Output.frame}, "frame"),
        ({"output": Output.pretty}, "pretty"),
    ],
)
def test_programs_get_json_unless_told_otherwise(options: dict[str, Any], output: str):
    assert given(events=["sms"], **options).wanted().output == output


def test_colours_are_as_asked():
    assert given(events=["sms"], color=Color.always).wanted().color
    assert not given(events=["sms"]).wanted().color


def test_messages_are_told_as_asked():
    reporter = given(verbose=True, log_format=LogFormat.json).reporter()
    assert reporter.verbosity is Verbosity.VERBOSE


def test_identity_is_what_the_options_say():
    options = given(profile="work", sandbox=True).identity()
    assert (options.profile, options.sandbox, options.server) == ("work", True, None)
