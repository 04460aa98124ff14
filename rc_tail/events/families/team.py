"""Team messaging: posts, chats and incoming webhooks."""

from rc_tail.events.families.fields import (
    as_list,
    as_object,
    attachment_words,
    first_text,
    join_nonempty,
    objects_in,
    optional_count,
    texts_in,
)
from rc_tail.events.kinds import Body, EventKind, EventLine, Level, Tone

_POST_EVENTS = {"": "", "PostAdded": "", "PostChanged": "edited", "PostRemoved": "removed"}
_CHAT_EVENTS = {
    "GroupJoined": "joined",
    "GroupRenamed": "renamed",
    "GroupLeft": "left",
    "GroupChanged": "changed",
}


def describe_post(body: Body) -> EventLine:
    """Describe a post. Live ones may lack text and type, removed ones have only an id."""
    words, event = first_text(body, "text"), first_text(body, "eventType")
    happened = _POST_EVENTS.get(event, event)
    said = (
        words or _people_moved(body) or _of_type(first_text(body, "type"), first_text(body, "id"))
    )
    notes = join_nonempty(
        (
            "reply" if _is_reply(body) else "",
            happened,
            optional_count(len(objects_in(body.get("mentions"))) or None, "mention"),
            *attachment_words(as_list(body.get("attachments"))),
        )
    )
    chat = first_text(body, "groupId")
    return EventLine(
        who=_creator(body),
        to=f"chat {chat}" if chat else "",
        what=join_nonempty((said, f"[{notes}]" if notes else ""), " "),
        text=words,
        tone=Tone.FAINT if event == "PostRemoved" else Tone.PLAIN,
    )


def _is_reply(body: Body) -> bool:
    parent = first_text(body, "parentPostId")
    return parent not in ("", first_text(body, "id"))


def _creator(body: Body) -> str:
    return _person(first_text(body, "creatorId"))


def _person(id_: str) -> str:
    return f"person {id_}" if id_ else ""


def _people_moved(body: Body) -> str:
    # The table of the developer guide spells "addedPersonsIds", its samples "addedPersonIds".
    added = texts_in(body.get("addedPersonIds")) or texts_in(body.get("addedPersonsIds"))
    removed = texts_in(body.get("removedPersonIds")) or texts_in(body.get("removedPersonsIds"))
    return join_nonempty(
        (
            f"added {join_nonempty(map(_person, added))}" if added else "",
            f"removed {join_nonempty(map(_person, removed))}" if removed else "",
        )
    )


def _of_type(type_: str, id_: str) -> str:
    words = {"PersonJoined": "joined", "PersonsAdded": "added people", "Card": "a card"}
    if type_ in words:
        return words[type_]
    return f"post {id_}" if id_ else "a post"


def describe_chat(body: Body) -> EventLine:
    """Describe a chat that was joined, left, renamed or changed."""
    event, name = first_text(body, "eventType"), first_text(body, "name")
    status, members = first_text(body, "status"), len(texts_in(body.get("members")))
    chat = first_text(body, "id")
    return EventLine(
        to=name or (f"chat {chat}" if chat else ""),
        what=join_nonempty(
            (
                _CHAT_EVENTS.get(event, event) or "chat changed",
                first_text(body, "type"),
                "" if status in ("", "Active") else status.lower(),
                optional_count(members or None, "member"),
            )
        ),
    )


def describe_webhook(body: Body) -> EventLine:
    """Describe an incoming webhook that was created, changed or deleted.

    A change has objects ``before`` and ``after``; the other bodies are flat. The webhook's address
    is not shown: it is a secret that allows posting.
    """
    event = first_text(body, "eventType").removeprefix("Webhook").lower()
    after = as_object(body.get("after")) or body
    before, now = first_text(as_object(body.get("before")), "status"), first_text(after, "status")
    chats = join_nonempty(f"chat {id_}" for id_ in texts_in(after.get("groupIds")))
    return EventLine(
        who=_creator(after),
        to=chats,
        what=join_nonempty(
            (
                f"webhook {event or 'changed'}",
                f"{before} → {now}" if before and before != now else now,
            )
        ),
    )


_POST: Body = {
    "id": "26000000000001",
    "groupId": "995000000001",
    "type": "TextMessage",
    "text": "Deploy is done",
    "creatorId": "400000102",
    "addedPersonIds": None,
    "creationTime": "2026-03-02T10:10:00.105Z",
    "lastModifiedTime": "2026-03-02T10:10:00.105Z",
    "attachments": None,
    "activity": None,
    "title": None,
    "iconUri": None,
    "iconEmoji": None,
    "mentions": None,
    "isParent": False,
    "parentPostId": None,
    "threadId": None,
    "eventType": "PostAdded",
}
_CHAT: Body = {
    "id": "47000000001",
    "name": "Ops",
    "description": "Operations",
    "type": "Team",
    "status": "Active",
    "members": ["400000101", "400000102"],
    "isPublic": False,
    "creationTime": "2026-01-19T16:57:47.664Z",
    "lastModifiedTime": "2026-03-02T10:12:00.348Z",
    "eventType": "GroupRenamed",
}
_WEBHOOK: Body = {
    "before": {"status": "Active"},
    "after": {
        "id": "0c000000-0000-4000-8000-000000000001",
        "creatorId": "400000101",
        "groupIds": ["47000000001"],
        "creationTime": "2026-01-25T10:40:23.748Z",
        "lastModifiedTime": "2026-03-02T10:13:00.000Z",
        "uri": "https://hooks.ringcentral.com/webhook/v2/0c000000-0000-4000-8000-000000000001",
        "status": "Suspended",
    },
    "eventType": "WebhookUpdated",
}


def _posts(name: str, also: str, path: str, summary: str, family: str = "team") -> EventKind:
    return EventKind(
        name=name,
        also=also,
        family=family,
        path=path,
        level=Level.DOMAIN,
        # Another page prints UnifiedAppDesktop; the change log of 1.0.48 says TeamMessaging.
        permission="TeamMessaging",
        summary=summary,
        describe=describe_post,
        sample=_POST,
    )


def _chats(name: str, also: str, path: str, summary: str, family: str = "team") -> EventKind:
    return EventKind(
        name=name,
        also=also,
        family=family,
        path=path,
        level=Level.DOMAIN,
        permission="TeamMessaging",
        summary=summary,
        describe=describe_chat,
        sample=_CHAT,
    )


KINDS: tuple[EventKind, ...] = (
    _posts(
        "team-posts",
        "team-post",
        "/team-messaging/v1/posts",
        "a post in a chat was added, edited or removed",
    ),
    _chats(
        "team-chats",
        "team-chat",
        "/team-messaging/v1/chats",
        "a chat was joined, left, renamed or changed",
    ),
    EventKind(
        name="team-webhooks",
        repeats=True,
        also="team-webhook",
        family="team",
        path="/restapi/v1.0/glip/webhooks",
        level=Level.DOMAIN,
        permission="TeamMessaging",
        summary="an incoming webhook was created, changed or deleted",
        describe=describe_webhook,
        sample=_WEBHOOK,
    ),
)

# Older spellings, still used by some pages and programs.
LEGACY: tuple[EventKind, ...] = (
    _chats(
        "team-groups",
        "team-group",
        "/team-messaging/v1/groups",
        "alias of team-chats",
        "legacy",
    ),
    _posts(
        "glip-posts",
        "glip-post",
        "/restapi/v1.0/glip/posts",
        "deprecated alias of team-posts",
        "legacy",
    ),
    _chats(
        "glip-groups",
        "glip-group",
        "/restapi/v1.0/glip/groups",
        "deprecated alias of team-chats",
        "legacy",
    ),
)
