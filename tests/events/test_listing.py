import json

import pytest

from rc_tail.errors import UsageError
from rc_tail.events.catalogue import KINDS, by_name
from rc_tail.events.kinds import Parameter, ValueForm
from rc_tail.events.listing import (
    allowed_values,
    example_commands,
    kind_as_json,
    kinds_named,
    related_kinds,
    search,
    typed_form,
)
from rc_tail.events.selection.select import select


def names(kinds):
    return [kind.name for kind in kinds]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["sms"], ["sms"]),
        (["Voicemails", "sms"], ["voicemail", "sms"]),
        (["sms", "insights"], []),
        (["nothing"], []),
        ([], []),
    ],
)
def test_kinds_by_their_names(words, found):
    assert names(kinds_named(words)) == found


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ([], names(KINDS)),
        (["opt-outs"], ["a2p-optouts"]),
        (["READCONTACTS"], ["favorites"]),
        (["presence", "queue"], ["queue-presence"]),
        (["companycallrecording", "video"], ["insights-rcv"]),
        (["glip"], ["team-webhooks", "glip-posts", "glip-groups"]),
        (["deprecated aliases"], ["team-groups", "glip-posts", "glip-groups"]),
        (["faxes"], ["fax", "messages-fax", "messages-fax-in", "messages-fax-out"]),
        (["team", "glip"], ["team-webhooks", "glip-posts", "glip-groups"]),
    ],
)
def test_kinds_that_have_all_words_in_them(words, found):
    assert names(search(words)) == found


def test_a_word_for_several():
    assert names(search(["insight"])) == [k.name for k in KINDS if k.family == "ai"]


def test_nothing_found():
    with pytest.raises(UsageError, match=r"no event matches 'voicemial x' \(did you mean voi"):
        search(["voicemial", "x"])


@pytest.mark.parametrize(
    ("name", "words"), [("sms", "sms"), ("queue-presence", "queue-presence:ID")]
)
def test_what_a_user_types(name, words):
    kind = by_name(name)
    assert kind is not None
    assert typed_form(kind) == words


@pytest.mark.parametrize(
    ("parameter", "words"),
    [
        (Parameter("a", ("x", "y")), "x or y"),
        (Parameter("a", form=ValueForm.PHONE), "+NUMBER"),
        (Parameter("a", form=ValueForm.ID), "ID"),
    ],
)
def test_what_a_parameter_takes(parameter, words):
    assert allowed_values(parameter) == words


def test_related_kinds():
    kind = by_name("presence")
    assert kind is not None
    assert related_kinds(kind) == ["presence-detailed", "presence-sip"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_examples_can_be_typed(kind):
    for words in example_commands(kind):
        assert all(f.startswith(kind.path.split("{")[0]) for f in select([words]).filters)
    assert len(list(example_commands(kind))) == 1 + bool(kind.parameters)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_everything_about_a_kind_as_json(kind):
    facts = json.loads(json.dumps(kind_as_json(kind)))
    assert facts["name"] == kind.name
    assert facts["filter"] == kind.filter
    assert facts["sample"] == kind.sample
    assert [p["name"] for p in facts["parameters"]] == [p.name for p in kind.parameters]
    assert "" not in facts.values()
