import pytest

from rc_tail.cli.help_pages.topics import SUMMARIES, TOPICS
from rc_tail.events.catalogue import NAMES


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_has_a_page(topic):
    text = TOPICS[topic]()
    assert text.endswith("\n")
    assert text.isprintable() or "\n" in text
    assert len(text.splitlines()) > 3


@pytest.mark.parametrize("topic", TOPICS)
def test_what_is_to_be_read_fits_a_terminal(topic):
    # Commands, which are to be copied, stay in one piece.
    wide = [line for line in TOPICS[topic]().splitlines() if len(line) > 80]
    assert [line for line in wide if not line.startswith("    ")] == []


def test_statuses_and_pages_are_the_topics():
    assert list(SUMMARIES) == [topic for topic in TOPICS if not topic.isdigit()]
    assert "77" in TOPICS
    assert set(TOPICS).isdisjoint(NAMES)
