import pytest

from rc_tail.events.families.presence import KINDS

NAMED = {kind.name: kind for kind in KINDS}
DETAILED = "detailedTelephonyState=true"


@pytest.mark.parametrize("name", ["presence", "line-presence", "favorite-presence"])
def test_presence_comes_in_three_depths(name):
    path = NAMED[name].path
    assert NAMED[name].filter == path
    assert NAMED[f"{name}-detailed"].filter == f"{path}?{DETAILED}"
    assert NAMED[f"{name}-sip"].filter == f"{path}?{DETAILED}&sipData=true"
    simple, detailed, sip = (NAMED[name + suffix].sample for suffix in ("", "-detailed", "-sip"))
    assert "activeCalls" not in simple
    assert "sipData" not in detailed["activeCalls"][0]
    assert "sipData" in sip["activeCalls"][0]
    assert simple["extensionId"] == detailed["extensionId"] == sip["extensionId"]


def test_sip_data_need_detailed_telephony_state():
    parameter = NAMED["presence"].parameter("sipData")
    assert parameter is not None
    assert parameter.needs == ("detailedTelephonyState", "true")
    assert [p.name for p in NAMED["presence-detailed"].parameters] == ["sipData"]
    assert NAMED["presence-sip"].parameters == ()


def test_presence_of_the_account_names_the_extension():
    assert NAMED["account-presence"].event_of("1", "2") == NAMED["presence"].event_of("1", "2")
    assert NAMED["account-presence"].permission == "ReadAccounts"
