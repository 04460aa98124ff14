"""Text messages outside the message store: message threads, SMS v2, high-volume SMS."""

from rc_tail.events.families.fields import (
    as_number,
    first_text,
    is_flag_set,
    join_nonempty,
    objects_in,
    party_name,
    party_names,
)
from rc_tail.events.families.messages import describe_text
from rc_tail.events.kinds import Body, EventKind, EventLine, Level, Parameter, Tone, ValueForm

_A = "/restapi/v1.0/account/~"
_V2 = "/restapi/v2/accounts/~/extensions/~/sms"

_FROM = Parameter("from", form=ValueForm.PHONE, summary="sent from this number only")
_TO = Parameter("to", form=ValueForm.PHONE, summary="sent to this number only")
_A2P = (
    Parameter("direction", ("Inbound", "Outbound"), summary="one direction only"),
    Parameter("batchId", form=ValueForm.ID, summary="of this batch only"),
    _FROM,
    _TO,
)


def describe_batch(body: Body) -> EventLine:
    """Describe the progress of a batch of texts."""
    size, done = as_number(body.get("batchSize")), as_number(body.get("processedCount"))
    rejected = as_number(body.get("rejectedCount"))
    progress = f"{done or 0:.0f} of {size:.0f} processed" if size is not None else ""
    refused = f"{rejected:.0f} rejected" if rejected else ""
    cost = first_text(body, "cost")
    return EventLine(
        who=party_name(body.get("from")),
        what=join_nonempty(
            (
                f"batch {first_text(body, 'status') or 'changed'}",
                progress,
                refused,
                f"cost {cost}" if cost else "",
            )
        ),
        direction="Outbound",
        tone=Tone.ALERT if refused else Tone.PLAIN,
    )


def describe_optout(body: Body) -> EventLine:
    """Describe an opt-out from texts of a number, or an opt-in."""
    if "active" not in body:
        said, tone = "opt-out changed", Tone.PLAIN
    elif is_flag_set(body["active"]):
        said, tone = "opted out of texts", Tone.ALERT
    else:
        said, tone = "opted in again", Tone.GOOD
    return EventLine(
        who=party_names(body.get("from")), to=party_names(body.get("to")), what=said, tone=tone
    )


_CONSENTS = {
    "OptOut": ("opted out of texts", Tone.ALERT),
    "OptIn": ("opted in again", Tone.GOOD),
}
# Who asked for it, where it was not the person that gets the texts (TypeScript SDK, SmsOptRecord).
_SOURCES = {"Api": "by an app", "Upstream": "by a text provider", "Carrier": "by the carrier"}


def describe_consents(body: Body) -> EventLine:
    """Describe changed consents to texts: of a number, or of several."""
    records = objects_in(body.get("records"))
    if len(records) == 1:
        return _consent(records[0])
    changes = (_consent(record) for record in records)
    said = join_nonempty((join_nonempty((line.to, line.what), ": ") for line in changes), "; ")
    return EventLine(what=said or "consents to texts changed")


def _consent(record: Body) -> EventLine:
    status, source = first_text(record, "optStatus"), first_text(record, "source")
    what, tone = _CONSENTS.get(status, (status or "consent changed", Tone.PLAIN))
    # "*" stands for all numbers of the company.
    sender = first_text(record, "from")
    return EventLine(
        who="all numbers" if sender == "*" else sender,
        to=first_text(record, "to"),
        what=join_nonempty((what, _SOURCES.get(source, ""))),
        tone=tone,
    )


def _describe_threads(_body: Body) -> EventLine:
    # The body has only a time; the change itself must be fetched.
    return EventLine(what="a message thread was opened, assigned, resolved or answered")


def _describe_entries(_body: Body) -> EventLine:
    return EventLine(what="a message thread has a new entry")


_THREAD = {"lastModifiedTime": "2026-03-02T10:07:59.900Z"}


def _v2_message(direction: str, **more: str) -> Body:
    ada, other = {"phoneNumber": "+16505550101"}, {"phoneNumber": "+16505550199"}
    sender, receiver = (other, ada) if direction == "Inbound" else (ada, other)
    id_ = "2700000001"
    content = (
        f"/restapi/v2/accounts/400000001/extensions/400000101/sms/messages/{id_}/content/{id_}"
    )
    return {
        "id": id_,
        "from": sender,
        "to": [{**receiver, "messageStatus": "Delivered"}],
        "text": "Thanks",
        "direction": direction,
        "attachments": [{"contentType": "text/plain", "contentUri": content, "id": id_}],
        "creationTime": "2026-03-02T09:46:59.961560383Z",
        "lastModifiedTime": "2026-03-02T09:46:59.961560383Z",
        "segmentCount": 1,
        "cost": 0.0085,
        **more,
    }


_A2P_BATCH = {
    "id": "0b000000-0000-4000-8000-000000000002",
    "from": "+16505550101",
    "batchSize": 25,
    "processedCount": 10,
    "status": "Processing",
    "cost": 0.07,
    "creationTime": "2026-03-02T09:47:50.612950Z",
    "lastModifiedTime": "2026-03-02T09:47:54.011183Z",
}

KINDS: tuple[EventKind, ...] = (
    EventKind(
        name="sms-batches",
        also="sms-batch",
        family="messages",
        path=f"{_V2}/batches",
        parameters=(_FROM,),
        level=Level.EXTENSION,
        summary="a batch of texts (SMS version 2) was completed",
        describe=describe_batch,
        sample={
            "id": "0b000000-0000-4000-8000-000000000001",
            "from": {"phoneNumber": "+16505550101"},
            "batchSize": 100,
            "processedCount": 100,
            "lastModifiedTime": "2026-03-02T09:45:59.958327Z",
            "status": "Completed",
            "creationTime": "2026-03-02T09:45:56.527676Z",
            "cost": 0.85,
        },
    ),
    EventKind(
        name="sms2-in",
        family="messages",
        path=f"{_V2}/messages",
        fixed=(("direction", "Inbound"),),
        parameters=(_TO,),
        level=Level.EXTENSION,
        summary="incoming text (SMS version 2)",
        describe=describe_text,
        sample=_v2_message("Inbound"),
    ),
    EventKind(
        name="sms2-out",
        family="messages",
        path=f"{_V2}/messages",
        fixed=(("direction", "Outbound"),),
        parameters=(_FROM,),
        level=Level.EXTENSION,
        summary="outgoing text (SMS version 2): sent or delivered",
        describe=describe_text,
        sample=_v2_message("Outbound", batchId="0b000000-0000-4000-8000-000000000001"),
    ),
    EventKind(
        name="threads",
        also="thread",
        family="messages",
        path=f"{_A}/message-threads/sync",
        level=Level.ACCOUNT,
        permission="SMS",
        summary="a message thread of the team was opened, assigned or resolved",
        describe=_describe_threads,
        sample=_THREAD,
    ),
    EventKind(
        name="thread-entries",
        also="thread-entry",
        family="messages",
        path=f"{_A}/message-threads/entries/sync",
        level=Level.ACCOUNT,
        permission="SMS",
        summary="a message thread of the team has a new entry",
        describe=_describe_entries,
        sample=_THREAD,
    ),
    EventKind(
        name="a2p-batches",
        family="messages",
        path=f"{_A}/a2p-sms/batches",
        # The OpenAPI description of 2021 has the singular.
        other_paths=(f"{_A}/a2p-sms/batch",),
        parameters=(_FROM,),
        level=Level.ACCOUNT,
        permission="ReadAccounts",
        summary="status update of a batch of high-volume texts",
        describe=describe_batch,
        sample=_A2P_BATCH,
    ),
    EventKind(
        name="a2p-batch",
        family="messages",
        path=f"{_A}/a2p-sms/batches/{{id}}",
        other_paths=(f"{_A}/a2p-sms/batch/{{id}}",),
        id_name="batch id",
        id_form=ValueForm.ID,
        id_example="0b000000-0000-4000-8000-000000000002",
        level=Level.ACCOUNT,
        permission="ReadAccounts",
        summary="status update of one batch of high-volume texts",
        describe=describe_batch,
        sample=_A2P_BATCH,
    ),
    EventKind(
        name="a2p-messages",
        also="a2p-message",
        family="messages",
        path=f"{_A}/a2p-sms/messages",
        parameters=_A2P,
        level=Level.ACCOUNT,
        permission="ReadAccounts",
        summary="incoming high-volume text, or status update of a sent one",
        describe=describe_text,
        sample={
            "id": "7119",
            "from": "+16505550199",
            "to": ["+16505550101"],
            "text": "STOP",
            "direction": "Inbound",
            "messageStatus": "Delivered",
            "segmentCount": 1,
            "cost": 0.007,
            "creationTime": "2026-03-02T09:48:59.985974Z",
            "lastModifiedTime": "2026-03-02T09:48:59.985974Z",
        },
    ),
    EventKind(
        name="a2p-optouts",
        repeats=True,
        also="a2p-optout",
        family="messages",
        path=f"{_A}/a2p-sms/opt-outs",
        parameters=_A2P,
        level=Level.ACCOUNT,
        permission="ReadAccounts",
        summary="opt-out or opt-in of high-volume texts",
        describe=describe_optout,
        sample={"from": "+16505550101", "to": "+16505550199", "active": True},
    ),
    EventKind(
        name="sms-consents",
        also="sms-consent",
        family="messages",
        path="/restapi/v2/accounts/~/sms/consents",
        level=Level.ACCOUNT,
        summary="opt-out or opt-in of texts, also by an app or the carrier",
        describe=describe_consents,
        sample={
            "records": [
                {
                    "from": "+16505550101",
                    "to": "+16505550199",
                    "optStatus": "OptOut",
                    "source": "Recipient",
                    "lastModifiedTime": "2026-03-02T09:49:59.473705035Z",
                }
            ]
        },
    ),
)
