"""Subscriptions left by processes that have exited: each counts for a day against the limit."""

from typing import Any

from rc_tail.doctor.examination import Examination
from rc_tail.doctor.findings import Finding, ok, warning
from rc_tail.errors import RcTailError
from rc_tail.state.resume_store import recoverable_subscriptions
from rc_tail.state.subscription_journal import StaleSubscription
from rc_tail.system.clocks import clock, wall_of
from rc_tail.text.wording import count_words

_PATH = "/restapi/v1.0/subscription"


class StaleSubscriptions:
    """What rc-tail left at the service, and what else is there.

    Args:
        examination: The examination, whose own subscription is none of them.
    """

    def __init__(self, examination: Examination) -> None:
        self._examination = examination
        self._now = wall_of(clock())
        self.kept = recoverable_subscriptions(examination.folders.state, self._now)
        spare = self.kept | {examination.subscription_id}
        self.stale: list[StaleSubscription] = examination.journal.stale(self._now, spare)

    def compare(self, records: list[dict[str, Any]]) -> list[str]:
        """Forget those that the service does not have any more; return the ids of others' ones.

        Args:
            records: The subscriptions that the service has.
        """
        there = {str(record.get("id")) for record in records}
        gone = [subscription for subscription in self.stale if subscription.id not in there]
        self._examination.journal.forget(gone, self._now)
        self.stale = [subscription for subscription in self.stale if subscription.id in there]
        known = {
            self._examination.subscription_id,
            *(subscription.id for subscription in self.stale),
        }
        return sorted(there - known)

    def removed_on_request(self) -> int:
        """Ask whether to remove what processes that are gone left; return how many were removed."""
        confirm, count = self._examination.confirm, len(self.ids)
        if not count or confirm is None:
            return 0
        which = count_words(count, "stale subscription")
        if not confirm(f"Remove {which} of rc-tail processes that have exited?"):
            return 0
        ids = {subscription_id for subscription_id in self.ids if self._remove(subscription_id)}
        removed = [subscription for subscription in self.stale if subscription.id in ids]
        self._examination.journal.forget(removed, self._now)
        self.stale = [subscription for subscription in self.stale if subscription.id not in ids]
        return len(ids)

    @property
    def ids(self) -> list[str]:
        """The ids of what is left; runs of one name have the same, each in a file of its own."""
        return list(dict.fromkeys(subscription.id for subscription in self.stale))

    def _remove(self, subscription_id: str) -> bool:
        examination = self._examination
        try:
            examination.platform.client.delete_subscription(
                examination.token.value, subscription_id
            )
        except RcTailError as error:
            examination.reporter.warning(
                "doctor", f"{subscription_id} could not be removed: {error.message}"
            )
            return False
        return True


def check_stale_subscriptions(examination: Examination) -> Finding:
    """List the subscriptions of this app and user; offer to remove those of processes gone."""
    found = StaleSubscriptions(examination)
    try:
        records = examination.platform.read(_PATH).get("records")
    except RcTailError as error:
        return warning(
            f"subscriptions cannot be listed: {error.message}",
            hint=error.hint,
            stale=found.ids,
        )
    listed = records if isinstance(records, list) else []
    others = found.compare([record for record in listed if isinstance(record, dict)])
    removed = found.removed_on_request()
    stale = found.ids
    lines = [f"{id_} is stale: its rc-tail process has exited" for id_ in stale]
    lines += [f"{id_} {_whose(id_, found)}" for id_ in others]
    fields = {"stale": stale, "others": others, "removed": removed}
    parts = [f"{removed} removed"] if removed else []
    parts.append(
        count_words(len(stale), "stale subscription") if stale else "no stale subscriptions"
    )
    if others:
        parts.append(f"{len(others)} in use")
    if not stale:
        return ok(", ".join(parts), *lines, **fields)
    hint = (
        "Run `rc-tail doctor` on a terminal to remove them. They also expire within a day, and "
        "rc-tail removes them when it needs the slots."
    )
    return warning(", ".join(parts), *lines, hint=hint, **fields)


def _whose(subscription_id: str, found: StaleSubscriptions) -> str:
    if subscription_id in found.kept:
        return "is kept for --resume"
    return "is in use, or belongs to another program"
