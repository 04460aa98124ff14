import threading
from collections import deque
from collections.abc import Mapping
from typing import Any

import pytest

from rc_tail.errors import PermissionMissingError, RcTailError, UnreachableError
from rc_tail.events.families.people import CHAT, PERSON, Named
from rc_tail.tail.name_lookup import NameLookup

ANSWERS: Mapping[str, Mapping[str, Any]] = {
    "/restapi/v1.0/account/~/extension/101": {"id": 101, "name": "Ada Example"},
    "/team-messaging/v1/persons/102": {"firstName": "Bob", "lastName": "Sample"},
    "/team-messaging/v1/chats/995": {"name": "Engineering", "type": "Team"},
    "/team-messaging/v1/chats/996": {"name": None, "type": "Direct"},
}


class Service:
    """Reads from `ANSWERS`, or raises."""

    def __init__(self, error: RcTailError | None = None) -> None:
        self.error = error
        self.paths: list[str] = []

    def read(self, path: str) -> Mapping[str, Any] | None:
        self.paths.append(path)
        if self.error is not None:
            raise self.error
        return ANSWERS.get(path)


def looked_up(service: Service, *asked: tuple[str, str]) -> list[Named]:
    found: deque[Named] = deque()
    works = []
    lookup = NameLookup(service.read, found, lambda _name, work: works.append(work))
    for label, id_ in asked:
        lookup.ask(label, id_)
    # One thread for all of them.
    (work,) = works
    work()
    return list(found)


@pytest.mark.parametrize(
    ("label", "id_", "named"),
    [
        ("extension", "101", Named(PERSON, "101", "Ada Example")),
        ("queue", "101", Named(PERSON, "101", "Ada Example")),
        ("call queue", "101", Named(PERSON, "101", "Ada Example")),
        ("person", "102", Named(PERSON, "102", "Bob Sample")),
        ("chat", "995", Named(CHAT, "995", "Engineering")),
    ],
)
def test_what_is_looked_up_where(label, id_, named):
    assert looked_up(Service(), (label, id_)) == [named]


def test_a_chat_without_a_name_and_a_token_that_is_not_there_give_nothing():
    assert looked_up(Service(), ("chat", "996"), ("person", "7")) == []


def test_what_the_app_may_not_read_is_asked_for_once():
    service = Service(PermissionMissingError("no"))
    assert looked_up(service, ("person", "1"), ("person", "2"), ("chat", "3"), ("chat", "4")) == []
    assert service.paths == ["/team-messaging/v1/persons/1", "/team-messaging/v1/chats/3"]


def test_other_refusals_are_silent():
    service = Service(UnreachableError("away"))
    assert looked_up(service, ("person", "1"), ("person", "2")) == []
    assert len(service.paths) == 2


def test_what_is_requested_later_is_looked_up_too():
    service, works = Service(), []
    found: deque[Named] = deque()
    lookup = NameLookup(service.read, found, lambda _name, work: works.append(work))
    for id_ in ("101", "101"):
        lookup.ask("extension", id_)
        works.pop()()
    assert len(found) == 2


def test_asking_never_waits():
    go_on = threading.Event()
    found: deque[Named] = deque()

    def read(_path: str) -> Mapping[str, Any]:
        assert go_on.wait(30)
        return {"name": "Ada"}

    threads = []

    def spawn(_name, work):
        threads.append(threading.Thread(target=work))
        threads[-1].start()

    lookup = NameLookup(read, found, spawn)
    for number in range(9):
        lookup.ask("extension", str(number))
    assert not found
    go_on.set()
    for thread in threads:
        thread.join(30)
    assert len(found) == 9
