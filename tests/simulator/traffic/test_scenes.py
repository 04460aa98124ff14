from collections import defaultdict
from random import Random

import pytest

from rc_tail.events.catalogue import KINDS
from rc_tail.simulator.service.company import ADA
from rc_tail.simulator.service.filters import Filter, read_filter
from rc_tail.simulator.service.ids import Ids
from rc_tail.simulator.service.options import FULL_SCOPE
from rc_tail.simulator.traffic.event_factory import EventFactory
from rc_tail.simulator.traffic.scenes import Scenes
from tests.simulator.harness import NOW

X = "/restapi/v1.0/account/~/extension/~"


def filter_of(text: str) -> Filter:
    found = read_filter(text, ADA, FULL_SCOPE, administrator=True)
    assert isinstance(found, Filter)
    return found


@pytest.fixture
def scenes() -> Scenes:
    return Scenes(EventFactory(Ids(Random(1).getrandbits, NOW)), Random(1))


def played(scenes: Scenes, text: str, times: int = 40):
    wanted = filter_of(text)
    return [scenes.play(wanted, NOW) for _ in range(times)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_is_played_is_what_is_wanted(kind, scenes):
    text = kind.filter.replace("{id}", kind.id_example)
    wanted = filter_of(text)
    brought = [
        wanted.matches(h) or kind.path.endswith("message-store") for h in played(scenes, text)
    ]
    # A missed call is one at its end only.
    assert any(brought) if ("missedCall", "true") in kind.fixed else all(brought)


def test_several_calls_run_at_once_each_in_order(scenes):
    steps = defaultdict(list)
    for occurrence in played(scenes, f"{X}/telephony/sessions", 200):
        steps[occurrence.body["telephonySessionId"]].append(occurrence.body["sequence"])
    assert len(steps) > 20
    assert all(numbers == sorted(numbers) for numbers in steps.values())
    first = played(Scenes(scenes.factory, Random(3)), f"{X}/telephony/sessions", 6)
    assert len({h.body["telephonySessionId"] for h in first}) > 1


def test_texts_and_voicemails_vary(scenes):
    texts = {h.body["subject"] for h in played(scenes, f"{X}/message-store/instant?type=SMS")}
    assert len(texts) > 5
    voicemails = [h.body for h in played(scenes, f"{X}/voicemail", 100)]
    assert len({body["attachments"][0]["vmDuration"] for body in voicemails}) > 20
    assert {body["priority"] for body in voicemails} == {"Normal", "High"}


@pytest.mark.parametrize("type_", ["SMS", "Voicemail", "Fax", "Pager"])
def test_the_store_gets_messages_of_the_type_that_is_wanted(type_, scenes):
    for occurrence in played(scenes, f"{X}/message-store?type={type_}"):
        assert occurrence.matches_parameter("type", type_)


def test_of_the_whole_store_everything_comes(scenes):
    topics = {h.topic.rpartition("/")[2] for h in played(scenes, f"{X}/message-store")}
    assert topics == {"instant", "voicemail", "fax", "message-store"}


def test_presence_fits_together(scenes):
    for occurrence in played(scenes, f"{X}/presence?detailedTelephonyState=true&sipData=true", 60):
        body = occurrence.body
        assert body["totalActiveCalls"] == len(body["activeCalls"])
        if body["telephonyStatus"] == "NoCall":
            assert body["activeCalls"] == []
        else:
            assert body["presenceStatus"] == "Busy"


def test_a_call_of_another_user(scenes):
    other = f"{X}/telephony/sessions".replace("extension/~", "extension/400000102")
    assert {h.extension for h in played(scenes, other)} == {"400000102"}
    everybody = played(scenes, "/restapi/v1.0/account/~/telephony/sessions")
    assert len({h.extension for h in everybody}) == 3


def test_some_callers_withhold_their_number(scenes):
    calls = played(scenes, f"{X}/telephony/sessions?direction=Inbound", 400)
    callers = {h.body["parties"][0]["from"]["phoneNumber"] for h in calls}
    assert "anonymous" in callers
    assert len(callers) > 20
    voicemails = played(scenes, f"{X}/voicemail", 200)
    anonymous = [
        h.body["from"] for h in voicemails if h.body["from"] == {"phoneNumber": "anonymous"}
    ]
    assert 0 < len(anonymous) < 50


def test_some_texts_come_with_pictures(scenes):
    texts = [h.body for h in played(scenes, f"{X}/message-store/instant?type=SMS", 200)]
    files = {a.get("fileName") for body in texts for a in body["attachments"]}
    assert files == {None, "cake.jpg", "invoice-2093.pdf"}
    for sender in (body["from"] for body in texts):
        assert sender["phoneNumber"] == "+1650" + sender["phoneNumberInfo"]["subscriberNumber"]
