"""What messages of sinks call an event."""

from rc_tail.events.matching import kind_name
from rc_tail.gateway.event_key import event_key
from rc_tail.gateway.messages import Notification
from rc_tail.text.escape import visible


def event_words(event: Notification) -> str:
    """Return the kind of an event and its key, such as ``sms 400000001:message:70001:create``."""
    return f"{kind_name(event.event)} {visible(event_key(event).text)}"
