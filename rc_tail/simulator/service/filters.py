"""Event filters: parsed, resolved, checked, and matched with occurrences.

Codes after the developer guide, "Errors": SUB-405, SUB-406, SUB-408, SUB-412 and SUB-508.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from rc_tail.simulator.service.company import ACCOUNT, Person, by_id
from rc_tail.simulator.service.http_values import permission_message
from rc_tail.simulator.service.occurrence import Occurrence
from rc_tail.simulator.service.topics import QueryPairs, find_route, is_legacy, parse_path

# Each permission with those that include it (developer guide, "Permissions").
_INCLUDED = {
    "ReadMessages": ("SMS", "Faxes", "InternalMessages", "EditMessages"),
    "ReadPresence": ("EditPresence",),
    "ReadAccounts": ("EditAccounts", "Accounts"),
    "ReadContacts": ("Contacts",),
}


# Parameters that a live answer does not repeat.
_DROPPED = ("totalActiveCalls",)


@dataclass(frozen=True, slots=True)
class Filter:
    """A granted event filter.

    Attributes:
        text: As the service returns it: with real ids, the query as written except that a live
            answer lacks ``totalActiveCalls``.
        topic: The path under which its events arrive; empty when it matches none.
        extension: The user whose events it matches; empty for all users.
        id: The id in the path; empty where it has none.
        query: The query's pairs in their order.
        is_event: Whether `text` is the ``event`` of its notifications.
    """

    text: str
    topic: str
    extension: str
    id: str
    query: QueryPairs
    is_event: bool = True

    def matches(self, occurrence: Occurrence) -> bool:
        """Whether this filter asks for `occurrence`."""
        if self.topic != occurrence.topic or self.id != occurrence.id:
            return False
        if self.extension and occurrence.extension and self.extension != occurrence.extension:
            return False
        return all(occurrence.matches_parameter(name, value) for name, value in self.query)

    def event_for(self, occurrence: Occurrence) -> str:
        """Return the ``event`` of a notification of `occurrence`.

        It is this filter, except that account-level telephony and presence name the user.
        """
        if self.is_event:
            return self.text
        _, mark, query = self.text.partition("?")
        return occurrence.path() + mark + query


@dataclass(frozen=True, slots=True)
class RejectedFilter:
    """An event filter that was not granted.

    Attributes:
        filter: As the client wrote it.
        code: Such as ``SUB-405``.
        permission: The missing app permission; empty for other reasons.
    """

    filter: str
    code: str
    message: str
    permission: str = ""


def read_filter(
    text: str, caller: Person, scope: Sequence[str], *, administrator: bool
) -> Filter | RejectedFilter:
    """Parse and check a filter.

    Args:
        text: As the client wrote it.
        caller: The user of the client, which ``~`` stands for.
        scope: The app's permissions.
        administrator: Whether the user can subscribe to events of other users.
    """
    path, mark, query_text = text.strip().partition("?")
    query = tuple(_pair(part) for part in query_text.split("&") if part)
    address = parse_path(path.rstrip("/"))
    found = find_route(address.template)
    kind = found[0].kind_for(query) if found else None
    if found is None or kind is None:
        if is_legacy(address.template):
            return Filter(_resolve(path, caller) + mark + query_text, "", caller.id, "", query)
        return RejectedFilter(text, "SUB-508", f"Event filters [{text}] are invalid")
    if refusal := _reject_foreign(text, address.account, address.extension, caller, administrator):
        return refusal
    if kind.permission and not _has_permission(kind.permission, scope):
        return RejectedFilter(text, "SUB-412", permission_message(kind.permission), kind.permission)
    route, id_ = found
    extension = caller.id if address.extension == "~" else address.extension
    answered = "&".join(part for part in query_text.split("&") if _pair(part)[0] not in _DROPPED)
    resolved = _resolve(path.rstrip("/"), caller) + ("?" if answered else "") + answered
    is_event = route.topic == kind.path or not kind.arrives_at
    return Filter(resolved, route.topic, extension, id_, query, is_event)


def _pair(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    # No unquote_plus: numbers are written with a raw "+".
    return name, unquote(value)


def _resolve(path: str, caller: Person) -> str:
    parts = path.split("/")
    for index, part in enumerate(parts[:-1]):
        if parts[index + 1] == "~" and part.startswith(("account", "extension")):
            parts[index + 1] = ACCOUNT if part.startswith("account") else caller.id
    return "/".join(parts)


def _reject_foreign(
    text: str, account: str, extension: str, caller: Person, administrator: bool
) -> RejectedFilter | None:
    if account not in ("", "~", ACCOUNT):
        return RejectedFilter(text, "SUB-406", "Subscription to other account is not allowed")
    if extension in ("", "~", caller.id):
        return None
    if by_id(extension) is None:
        return RejectedFilter(text, "SUB-408", f"Extension [{extension}] is not found")
    if not administrator:
        message = "Subscription to messages of other extensions is not allowed"
        return RejectedFilter(text, "SUB-405", message)
    return None


def _has_permission(permission: str, scope: Sequence[str]) -> bool:
    return permission in scope or any(name in scope for name in _INCLUDED.get(permission, ()))
