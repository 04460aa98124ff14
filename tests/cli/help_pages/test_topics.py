import pytest

from rc_tail.cli.help_pages.topics import RECIPES, SUMMARIES, TOPICS, recipes_page
from rc_tail.events.catalogue import NAMES
from tests.generate import README, ROOT, recipes
from tests.readme.blocks import shell_blocks


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


def test_recipes_are_the_readmes():
    text = (ROOT / README).read_text()
    assert recipes_page() == recipes(text), "python -m tests.generate writes them anew"
    assert RECIPES.exists()
    lines = [line.strip() for line in recipes_page().splitlines()]
    found = [block for block in shell_blocks(text) if block.heading == "Recipes"]
    assert len(found) >= 15
    for block in found:
        for line in block.text.splitlines():
            assert line.strip() in lines
