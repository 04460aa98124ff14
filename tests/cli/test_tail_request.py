import time
from pathlib import Path
from typing import Any

import pytest

from rc_tail.cli.context import identity_options, open_reporter
from rc_tail.cli.options import default_values
from rc_tail.cli.tail_request import tail_options
from rc_tail.config.option import Color, LogFormat, Output, TimeFormat
from rc_tail.config.tail_options import SinkRequest, TailOptions
from rc_tail.errors import UsageError
from rc_tail.reporter import Verbosity


def options_for(*events: str, default_events: tuple[str, ...] = (), **values: Any) -> TailOptions:
    assert values.keys() <= default_values("tail").keys()
    return tail_options({**values, "events": events}, default_events)


def test_events_and_filters_are_merged_in_order():
    options = options_for("sms", "voicemail", filters=("fax", "sms"))
    assert options.selection.names == ("sms", "voicemail", "fax")


def test_without_an_event_those_of_the_command_are_taken():
    assert options_for(default_events=("sms",)).selection.names == ("sms",)
    assert options_for(filters=("fax",), default_events=("sms",)).selection.names == ("fax",)


def test_without_any_event_there_is_nothing_to_tail():
    with pytest.raises(UsageError):
        options_for()


def test_what_is_said_is_taken():
    options = options_for(
        "sms",
        extensions=("ext:102",),
        count=3,
        seconds="1m30s",
        retry_for="2h",
        time=TimeFormat.utc,
        history=False,
        resume="night",
        where=("a", "b"),
        exclude=("fax",),
        template="{text}",
        mask=True,
    )
    assert options.extensions == ("ext:102",)
    assert (options.count, options.seconds, options.retry_for) == (3, 90.0, 7200.0)
    assert (options.time, options.history, options.resume) == ("utc", False, "night")
    assert (options.where, options.template, options.mask) == (("a", "b"), "{text}", True)
    assert options.exclude == ("/restapi/v1.0/account/~/extension/~/fax?direction=Inbound",)
    assert options.follow
    assert options.command[0] == "rc-tail"


def test_one_password_is_for_one_destination(tmp_path: Path):
    one, two = "nats://me@localhost/A", "nats://me@localhost/B"
    assert len(options_for("sms", sink_urls=(one, f"{two}?credentials={tmp_path}/b")).sinks) == 2
    with pytest.raises(UsageError, match="RC_SINK_PASSWORD is the password of one") as caught:
        options_for("sms", sink_urls=(one, two))
    assert "credentials=FILE" in caught.value.hint


def test_a_command_is_a_sink():
    options = options_for("sms", exec_command="sh -c 'echo a'", exec_timeout="5s")
    values = {"exec_jobs": None, "exec_timeout": 5.0}
    assert options.sinks == (SinkRequest("exec", "sh -c 'echo a'", values),)


def test_an_address_is_short_for_the_option_of_its_kind():
    (short,) = options_for("sms", forward_to="http://localhost:1/").sinks
    (long,) = options_for("sms", sink_urls=("http://localhost:1/",)).sinks
    assert short == long
    assert (short.kind, short.address) == ("forward", "http://localhost:1/")


def test_without_output_another_destination_is_needed():
    assert options_for("sms", output=Output.none, exec_command="true").output == "none"
    with pytest.raises(UsageError, match="leaves no destination"):
        options_for("sms", output=Output.none)


def test_since_is_a_moment_of_the_past():
    options = options_for("sms", since="1h", follow=False)
    assert options.since == pytest.approx(time.time() - 3600, abs=60)
    assert not options.follow


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"follow": False}, "--no-follow"),
        ({"since": "1h", "history": False}, "--no-history"),
        ({"resume": "a/b"}, "--resume"),
        ({"resume": ".a"}, "--resume"),
        ({"resume": ""}, "--resume"),
        ({"resume": "a", "since": "1h", "follow": False}, "--no-follow"),
        ({"as_json": True, "output": Output.pretty}, "--output pretty"),
        ({"template": "{text}", "as_json": True}, "--template"),
        ({"template": "{text}", "output": Output.json}, "--template"),
        ({"exclude": ("smz",)}, "smz"),
        ({"exclude": ("missed-calls",)}, "--exclude"),
        ({"exclude": ("calls:direction=Inbound",)}, "--exclude"),
        ({"exec_jobs": 2}, "--exec-jobs"),
        ({"exec_timeout": "5s"}, "--exec-timeout"),
        ({"exec_command": ""}, "--exec"),
        ({"exec_command": "true", "exec_timeout": "5"}, "--exec-timeout"),
        ({"ready_file": Path()}, "--ready-file"),
        ({"health_file": Path()}, "--health-file"),
        ({"seconds": "5"}, "--for"),
        ({"seconds": ""}, "--for"),
        ({"retry_for": "soon"}, "--retry-for"),
        ({"since": "tomorrow"}, "--since"),
    ],
)
def test_what_contradicts_itself_or_means_nothing_is_refused(values: dict[str, Any], words: str):
    with pytest.raises(UsageError) as refused:
        options_for("sms", **values)
    assert words in refused.value.message


@pytest.mark.parametrize(
    ("values", "output"),
    [
        ({}, "json"),
        ({"as_json": True}, "json"),
        ({"as_json": True, "output": Output.json}, "json"),
        ({"output": Output.frame}, "frame"),
        ({"output": Output.pretty}, "pretty"),
    ],
)
def test_programs_get_json_by_default(values: dict[str, Any], output: str):
    assert options_for("sms", **values).output == output


def test_colours_are_as_asked():
    assert options_for("sms", color=Color.always).color
    assert not options_for("sms").color


def test_messages_have_the_requested_format():
    reporter = open_reporter({"verbose": True, "log_format": LogFormat.json})
    assert reporter.verbosity is Verbosity.VERBOSE


def test_identity_is_what_the_options_say():
    options = identity_options({"profile": "work", "sandbox": True})
    assert (options.profile, options.sandbox, options.server) == ("work", True, None)


def test_an_option_named_as_a_field_of_the_tail_needs_no_further_code():
    """What passes unchanged is every such option: a new one only needs its entry and its field."""
    made = {"output", "time", "color", "exclude", "since", "dead_letter", "sink_insecure"}
    made.add("sink_give_up")
    passed = default_values("tail").keys() & set(TailOptions.__struct_fields__) - made
    values: dict[str, Any] = {
        name: object() for name in passed - {"follow", "history", "extensions", "resume"}
    }
    values |= {"ready_file": Path("a"), "health_file": Path("b"), "template": "{text}"}
    values |= {"seconds": "1s", "retry_for": "1s"}
    options = options_for("sms", **values)
    values |= {"seconds": 1.0, "retry_for": 1.0}
    assert {name: getattr(options, name) for name in values} == values
