import pytest

from rc_tail.events.families.team import (
    KINDS,
    LEGACY,
    describe_chat,
    describe_post,
    describe_webhook,
)
from rc_tail.events.kinds import EventLine, Tone


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ({"text": "Deploy is done", "eventType": "PostAdded"}, "Deploy is done"),
        ({"text": "new words", "eventType": "PostChanged"}, "new words [edited]"),
        ({"id": "26", "eventType": "PostRemoved"}, "post 26 [removed]"),
        ({"eventType": "PostPinned"}, "a post [PostPinned]"),
        ({"text": "x", "mentions": [{}, {}], "attachments": [1]}, "x [2 mentions, attachment]"),
        (
            {"text": "x", "attachments": [{"type": "File", "name": "cat.jpg"}, {"type": "Card"}]},
            "x [file cat.jpg, card]",
        ),
        ({"text": "ok", "parentPostId": "25", "threadId": "25", "id": "26"}, "ok [reply]"),
        ({"text": "ok", "parentPostId": 25, "eventType": "PostChanged"}, "ok [reply, edited]"),
        ({"text": "ok", "parentPostId": "26", "id": "26", "isParent": True}, "ok"),
        ({"text": "ok", "parentPostId": None, "threadId": None}, "ok"),
        ({"type": "Card"}, "a card"),
        ({"type": "PersonJoined"}, "joined"),
        ({"type": "PersonsAdded", "addedPersonIds": ["1", "2"]}, "added person 1, person 2"),
        ({"type": "PersonsAdded", "addedPersonsIds": [1]}, "added person 1"),
        ({"removedPersonsIds": ["3"]}, "removed person 3"),
        ({"type": "PersonsAdded"}, "added people"),
        ({}, "a post"),
    ],
)
def test_a_post(body, what):
    line = describe_post({"creatorId": "102", "groupId": 995, **body})
    assert (line.who, line.to, line.what) == ("person 102", "chat 995", what)
    assert line.text == body.get("text", "")


def test_a_removed_post_is_faint_and_may_hold_no_names():
    line = describe_post({"id": "26", "eventType": "PostRemoved"})
    assert line == EventLine(what="post 26 [removed]", tone=Tone.FAINT)


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (
            {"name": "Ops", "eventType": "GroupJoined", "type": "Team", "members": ["1"]},
            EventLine(to="Ops", what="joined, Team, 1 member"),
        ),
        (
            {"id": 47, "eventType": "GroupChanged", "status": "Archived", "members": [{"id": "1"}]},
            EventLine(to="chat 47", what="changed, archived, 1 member"),
        ),
        ({"eventType": "GroupExploded"}, EventLine(what="GroupExploded")),
        ({}, EventLine(what="chat changed")),
    ],
)
def test_a_chat(body, line):
    assert describe_chat(body) == line


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (
            {
                "creatorId": "1",
                "groupIds": ["4", "5"],
                "status": "Active",
                "eventType": "WebhookCreated",
            },
            EventLine(who="person 1", to="chat 4, chat 5", what="webhook created, Active"),
        ),
        (
            {
                "before": {"status": "Active"},
                "after": {"creatorId": "1", "status": "Suspended"},
                "eventType": "WebhookUpdated",
            },
            EventLine(who="person 1", what="webhook updated, Active → Suspended"),
        ),
        (
            {"before": {"status": "A"}, "after": {"status": "A"}},
            EventLine(what="webhook changed, A"),
        ),
    ],
)
def test_a_webhook(body, line):
    assert describe_webhook(body) == line


def test_the_address_of_a_webhook_is_a_secret():
    sample = next(kind.sample for kind in KINDS if kind.name == "team-webhooks")
    assert "https://" in str(sample)
    assert "https://" not in describe_webhook(sample).what


def test_older_spellings_share_all_but_name_and_path():
    by_describe = {kind.describe: kind for kind in KINDS}
    for kind in LEGACY:
        today = by_describe[kind.describe]
        assert (kind.permission, kind.sample) == (today.permission, today.sample)
        assert kind.path != today.path
