import pytest

from rc_tail.events.catalogue import by_name
from rc_tail.events.kinds import ValueForm
from rc_tail.events.selection.parameters import (
    check_parameters,
    form_words,
    has_form,
    make_filters,
    parameter_names,
)


def kind(name):
    found = by_name(name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("form", "value", "fitting"),
    [
        (ValueForm.NUMBER, "400000900", True),
        (ValueForm.NUMBER, "40x", False),
        (ValueForm.NUMBER, "٣", False),
        (ValueForm.NUMBER, "", False),
        (ValueForm.NUMBER, "1" * 21, False),
        (ValueForm.ID, "0b000000-0000-4000-8000-000000000002", True),
        (ValueForm.ID, "a/b", False),
        (ValueForm.PHONE, "+16505550101", True),
        (ValueForm.PHONE, "16505550101", True),
        (ValueForm.PHONE, "+1650x", False),
        (ValueForm.PHONE, "++1650", False),
    ],
)
def test_forms(form, value, fitting):
    assert has_form(form, value) is fitting
    assert form_words(form)


@pytest.mark.parametrize(
    ("name", "pairs", "chosen"),
    [
        ("calls", [("direction", "Inbound")], {"direction": ["Inbound"]}),
        ("calls", [("STATUSCODE", "voicemail")], {"statusCode": ["VoiceMail"]}),
        (
            "calls",
            [("statusCode", "Gone"), ("statusCode", "Hold"), ("statusCode", "gone")],
            {"statusCode": ["Gone", "Hold"]},
        ),
        ("calls", [("phoneNumber", "+1650")], {"phoneNumber": ["+1650"]}),
        ("fax", [("direction", "inbound")], {}),
        ("sms", [("Type", "sms")], {}),
    ],
)
def test_good_parameters(name, pairs, chosen):
    assert check_parameters(kind(name), pairs) == (chosen, [])


@pytest.mark.parametrize(
    ("name", "pairs", "problem"),
    [
        (
            "calls",
            [("status", "x")],
            "calls has no parameter 'status' (did you mean statusCode?)",
        ),
        ("sms", [("zzz", "x")], "sms has no parameter 'zzz' (it takes type)"),
        ("dnd", [("a", "x")], "dnd takes no parameters"),
        (
            "calls",
            [("statusCode", "Answrd")],
            "calls:statusCode cannot be 'Answrd' (did you mean Answered?)",
        ),
        ("calls", [("missedCall", "no")], "calls:missedCall must be true, not 'no'"),
        ("calls", [("direction", "x")], "calls:direction must be Inbound or Outbound, not 'x'"),
        ("calls", [("direction", "")], "calls:direction needs a value"),
        ("fax", [("direction", "x")], "fax:direction must be Inbound, not 'x'"),
        (
            "a2p-messages",
            [("from", "Ada")],
            "a2p-messages:from must be a phone number such as +16505550101, not 'Ada'",
        ),
        (
            "a2p-messages",
            [("batchId", "a/b")],
            "a2p-messages:batchId must be an id of letters, digits and dashes, not 'a/b'",
        ),
        (
            "calls",
            [("direction", "Inbound"), ("direction", "Outbound")],
            "calls:direction has 2 values: name the event once for each",
        ),
    ],
)
def test_bad_parameters(name, pairs, problem):
    assert check_parameters(kind(name), pairs)[1] == [problem]


def test_all_problems_are_reported():
    assert len(check_parameters(kind("calls"), [("a", "1"), ("direction", "x"), ("b", "")])[1]) == 3


@pytest.mark.parametrize(
    ("name", "chosen", "queries"),
    [
        ("calls", {}, [""]),
        ("fax", {}, ["?direction=Inbound"]),
        (
            "calls",
            {"statusCode": ["Gone", "Hold"], "direction": ["Inbound"]},
            ["?statusCode=Gone&direction=Inbound", "?statusCode=Hold&direction=Inbound"],
        ),
        ("presence", {"sipData": ["true"]}, ["?detailedTelephonyState=true&sipData=true"]),
        (
            "presence",
            {"detailedTelephonyState": ["true"], "sipData": ["true"]},
            ["?detailedTelephonyState=true&sipData=true"],
        ),
        ("presence-detailed", {"sipData": ["true"]}, ["?detailedTelephonyState=true&sipData=true"]),
        ("calls", {"sipData": ["true"]}, ["?sipData=true"]),
        ("sms2-in", {"to": ["+1650"]}, ["?direction=Inbound&to=+1650"]),
    ],
)
def test_filters(name, chosen, queries):
    assert make_filters(kind(name), "/path", chosen) == [f"/path{query}" for query in queries]


def test_fixed_parameters_may_be_written_too():
    assert parameter_names(kind("sms2-in")) == ("to", "direction")
