"""What holds for every kind of event, whoever adds one."""

import json
import re
import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rc_tail.cli.commands import RESERVED
from rc_tail.events.catalogue import FAMILIES, GROUPS, KINDS, NAMES, by_group, by_name
from rc_tail.events.kinds import EventKind, EventLine, Level, Tone, ValueForm
from rc_tail.events.matching import kind_of, matches, path_id
from rc_tail.events.selection.parameters import has_form, parameter_names
from rc_tail.events.selection.select import select
from tests.events.hostile import bodies

every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
COMMANDS = {
    *RESERVED,
    *("tail", "login", "logout", "whoami", "profiles", "events", "doctor", "demo"),
    *("simulator", "show", "systemd", "help"),
}


def typed(kind: EventKind, name: str) -> str:
    return f"{name}:{kind.id_example}" if kind.id_name else name


def test_no_name_is_used_twice_or_is_a_command():
    assert len(NAMES) == len(set(NAMES))
    assert len(NAMES) == len(GROUPS) + sum(1 + bool(kind.also) for kind in KINDS)
    assert COMMANDS.isdisjoint(NAMES)


def test_no_filter_is_there_twice():
    assert len({kind.filter for kind in KINDS}) == len(KINDS)


def test_kinds_of_a_family_are_adjacent_and_in_order():
    families = list(dict.fromkeys(kind.family for kind in KINDS))
    assert families == list(FAMILIES)
    assert [kind.family for kind in KINDS] == sorted(
        (kind.family for kind in KINDS), key=families.index
    )


def test_the_documented_events_are_all_there():
    paths = {kind.path for kind in KINDS}
    mine, account = "/restapi/v1.0/account/~/extension/~", "/restapi/v1.0/account/~"
    v2, sense = "/restapi/v2/accounts/~/extensions/~/sms", "/ai/ringsense/v1/public/accounts/~"
    extension_paths = (
        *("/message-store/instant", "/message-store", "/voicemail", "/fax", "/telephony/sessions"),
        *("/presence", "/presence/line/presence", "/favorite/presence", "/presence/line"),
        *("/presence/dnd", "", "/favorite", "/grant"),
    )
    account_paths = (
        *("/message-threads/sync", "/message-threads/entries/sync", "/a2p-sms/batches"),
        *("/a2p-sms/batches/{id}", "/a2p-sms/messages", "/a2p-sms/opt-outs"),
        *("/telephony/sessions", "/presence", "/call-queues/{id}/presence", "/directory/entries"),
        *("/extension", "/device/{id}/emergency-address", "/phone-number"),
    )
    domains = ("pbx", "rcv", "rcx", "ms-teams", "nice-incontact")
    assert paths == {
        *(mine + path for path in extension_paths),
        *(account + path for path in account_paths),
        *(v2 + path for path in ("/batches", "/messages")),
        "/restapi/v2/accounts/~/sms/consents",
        *(f"{sense}/domains/{domain}/insights" for domain in domains),
        *(f"/team-messaging/v1/{what}" for what in ("posts", "chats", "groups")),
        *(f"/restapi/v1.0/glip/{what}" for what in ("webhooks", "posts", "groups")),
    }


@every_kind
def test_no_part_is_missing(kind):
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", kind.name)
    assert kind.also == "" or re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", kind.also)
    assert kind.summary[0] in string.ascii_lowercase
    assert not kind.summary.endswith(".")
    assert len(kind.summary) < 90
    assert kind.sample
    assert json.loads(json.dumps(kind.sample)) == kind.sample
    assert bool(kind.id_name) == ("{id}" in kind.path) == bool(kind.id_example)
    assert not kind.id_name or has_form(kind.id_form, kind.id_example)
    # Only of SMS version 2 the documentation names no permission.
    assert bool(kind.permission) == ("/restapi/v2/" not in kind.path)
    names = parameter_names(kind)
    assert len(names) == len(set(names))


@every_kind
def test_the_level_is_that_of_the_path(kind):
    mine = "/extension/~" in kind.path or "/extensions/~" in kind.path
    account = "/account/~" in kind.path or "/accounts/~" in kind.path
    level = Level.EXTENSION if mine else Level.ACCOUNT if account else Level.DOMAIN
    assert kind.level is level


@every_kind
def test_every_parameter_is_described(kind):
    for parameter in kind.parameters:
        assert parameter.summary
        assert parameter.values or parameter.form in ValueForm
        assert parameter.needs is None or kind.parameter(parameter.needs[0]) is not None


@every_kind
def test_both_spellings_select_it(kind):
    assert [by_name(kind.name), by_name(kind.name.upper())] == [kind, kind]
    for name in filter(None, (kind.name, kind.also)):
        selection = select([typed(kind, name)])
        assert selection.filters == (kind.filter.replace("{id}", kind.id_example),)
        assert selection.names == (typed(kind, kind.name),)


@every_kind
def test_its_own_event_is_recognised(kind):
    event = kind.event_of("400000001", "400000101")
    assert "{" not in event
    assert "~" not in event
    assert matches(kind.filter.replace("{id}", kind.id_example), event)
    found = kind_of(event)
    assert found is not None
    # What arrives for the account looks exactly like what arrives for an extension.
    assert found is kind or (kind.arrives_at == found.path and found.fixed == kind.fixed)
    assert found.describe is kind.describe
    assert path_id(event) == kind.id_example


@every_kind
def test_its_filter_is_recognised(kind):
    assert kind_of(kind.filter) is kind


@every_kind
def test_its_sample_makes_a_line_of_its_own(kind):
    line = kind.describe(kind.sample)
    assert line.what
    assert "{" not in line.what


@every_kind
def test_an_empty_body_makes_a_line(kind):
    line = kind.describe({})
    assert line.what
    assert (line.who, line.to, line.text) == ("", "", "")


@pytest.mark.parametrize(
    "kind", {kind.describe: kind for kind in KINDS}.values(), ids=lambda kind: kind.name
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_body_is_too_bad(kind, data):
    line = kind.describe(data.draw(bodies(kind.sample)))
    assert isinstance(line, EventLine)
    assert isinstance(line.tone, Tone)
    assert all(
        isinstance(part, str) for part in (line.who, line.to, line.what, line.text, line.direction)
    )


def test_the_insights_group_has_five_kinds():
    assert [kind.name for kind in by_group("Insights")] == [
        "insights-pbx",
        "insights-rcv",
        "insights-rcx",
        "insights-ms-teams",
        "insights-nice-incontact",
    ]
    assert by_group("sms") == ()
    assert by_name("insights") is None
