import pytest

from rc_tail.events.families.messages import KINDS

NAMED = {kind.name: kind for kind in KINDS}


@pytest.mark.parametrize(
    ("name", "query", "noted"),
    [
        ("messages", "", "SMS"),
        ("messages-sms", "?type=SMS", "SMS"),
        ("messages-fax-in", "?type=Fax&direction=Inbound", "Fax"),
        ("messages-voicemail-out", "?type=Voicemail&direction=Outbound", "VoiceMail"),
        ("messages-pager", "?type=Pager", "Pager"),
    ],
)
def test_the_message_store_is_narrowed_by_its_query(name, query, noted):
    kind = NAMED[name]
    assert kind.filter == f"/restapi/v1.0/account/~/extension/~/message-store{query}"
    assert kind.sample["changes"][0]["type"] == noted
    assert kind.describe(kind.sample).what == f"{noted}: 1 new [7000000001]"


def test_what_is_fixed_is_no_parameter_any_more():
    parameters = {name: [p.name for p in kind.parameters] for name, kind in NAMED.items()}
    assert parameters["messages"] == ["type", "direction"]
    assert parameters["messages-sms"] == ["direction"]
    assert parameters["messages-sms-in"] == []


def test_instant_texts_are_no_narrowed_message_store():
    assert NAMED["sms"].filter == (
        "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS"
    )
    assert NAMED["fax"].filter.endswith("/fax?direction=Inbound")
