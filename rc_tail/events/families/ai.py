"""RingSense insights: transcripts and summaries of recorded conversations."""

from rc_tail.events.families.fields import (
    as_number,
    as_object,
    first_text,
    join_nonempty,
    objects_in,
    optional_duration,
)
from rc_tail.events.kinds import Body, EventKind, EventLine, Level

# The segment of the path, and what it means.
_DOMAINS = {
    "pbx": "phone calls",
    "rcv": "RingCentral video meetings",
    "rcx": "RingCX calls",
    "ms-teams": "Microsoft Teams meetings",
    "nice-incontact": "NICE inContact calls",
}


def describe_insights(body: Body) -> EventLine:
    """Describe a recording: its title, length and the first sentence of its summary."""
    recorded = as_number(body.get("recordingDurationMs"))
    summaries = objects_in(as_object(body.get("insights")).get("Summary"))
    summary = next((value for s in summaries if (value := first_text(s, "value"))), "")
    heading = join_nonempty(
        (
            first_text(body, "title") or "insights",
            first_text(body, "domain"),
            "" if recorded is None else optional_duration(recorded / 1000),
        )
    )
    speakers = [first_text(s, "name") for s in objects_in(body.get("speakerInfo"))]
    return EventLine(
        who=join_nonempty(speakers),
        what=join_nonempty((heading, summary), ": "),
        text=summary,
        direction=first_text(body, "callDirection"),
    )


def _kind(domain: str, words: str) -> EventKind:
    return EventKind(
        name=f"insights-{domain}",
        also=f"insight-{domain}",
        family="ai",
        path=f"/ai/ringsense/v1/public/accounts/~/domains/{domain}/insights",
        level=Level.ACCOUNT,
        permission="RingSense",
        user_permission="ReadCompanyCallRecording",
        summary=f"transcript, summary and next steps of {words}",
        describe=describe_insights,
        sample={
            "eventType": "Create",
            "title": "Call from Ada Example to Bob Sample",
            "rsRecordUri": "https://ringsense.example.test/calls/1",
            "domain": domain,
            "sourceSessionId": "s-0000000000000000000000000000aaaa",
            "sourceRecordId": "2700000009",
            "callDirection": "Outbound",
            "ownerExtensionId": "400000101",
            "recordingDurationMs": 125963,
            "recordingStartTime": "2026-03-02T10:00:00.390Z",
            "creationTime": "2026-03-02T10:19:43.597Z",
            "lastModifiedTime": "2026-03-02T10:19:43.591Z",
            "speakerInfo": [
                {
                    "speakerId": "p-0000000000000000000000000000aaaa-1",
                    "name": "Ada Example",
                    "accountId": "400000001",
                    "extensionId": "400000101",
                },
                {
                    "speakerId": "p-0000000000000000000000000000aaaa-2",
                    "name": "Bob Sample",
                    "accountId": None,
                    "extensionId": None,
                },
            ],
            "insights": {
                "Transcript": [
                    {
                        "start": 2.2,
                        "end": 5.1,
                        "text": "Hello Bob.",
                        "speakerId": "p-0000000000000000000000000000aaaa-1",
                    }
                ],
                "Summary": [{"start": 0, "end": 1, "value": "A greeting."}],
                "Sentiment": [{"value": "Positive"}],
                "NextSteps": [
                    {
                        "start": 42.5,
                        "end": 53.3,
                        "value": "Send the report.",
                        "speakerId": "p-0000000000000000000000000000aaaa-1",
                    }
                ],
            },
        },
    )


KINDS: tuple[EventKind, ...] = tuple(_kind(domain, words) for domain, words in _DOMAINS.items())
