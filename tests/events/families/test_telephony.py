import pytest

from rc_tail.events.families.telephony import KINDS, call_body
from rc_tail.events.kinds import Level

NAMED = {kind.name: kind for kind in KINDS}


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("calls", ""),
        ("missed-calls", "?missedCall=true"),
        ("calls-in", "?direction=Inbound"),
        ("calls-out", "?direction=Outbound"),
        ("calls-sip", "?sipData=true"),
        ("recorded-calls", "?withRecordings=true"),
    ],
)
def test_calls_of_the_extension_and_of_the_account(name, query):
    mine, all_ = NAMED[name], NAMED[f"account-{name}"]
    assert mine.filter == f"/restapi/v1.0/account/~/extension/~/telephony/sessions{query}"
    assert all_.filter == f"/restapi/v1.0/account/~/telephony/sessions{query}"
    assert (mine.level, all_.level) == (Level.EXTENSION, Level.ACCOUNT)
    # The event of the account names the extension too.
    assert mine.event_of("1", "2") == all_.event_of("1", "2")
    assert mine.sample == all_.sample


def test_what_is_fixed_is_no_parameter_any_more():
    all_parameters = {p.name for p in NAMED["calls"].parameters}
    for kind in KINDS:
        assert {p.name for p in kind.parameters} == all_parameters - set(dict(kind.fixed))


def test_a_call_that_goes_out_is_made_by_ada():
    party = call_body("Setup", direction="Outbound", party={"muted": True})["parties"][0]
    assert (party["from"]["name"], party["to"]["name"]) == ("Ada Example", "Bob Sample")
    assert (party["status"]["code"], party["muted"]) == ("Setup", True)
