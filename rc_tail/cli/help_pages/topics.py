"""The topics of ``rc-tail help``."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from rc_tail.cli.help_pages.filters import filters_page
from rc_tail.cli.help_pages.pages import PAGES
from rc_tail.cli.help_pages.sinks import sinks_page
from rc_tail.cli.help_pages.statuses import status_page, statuses_page

RECIPES = Path(__file__).with_name("recipes.txt")
SIMULATOR = Path(__file__).with_name("simulator.txt")


def recipes_page() -> str:
    """Return the page of recipes, whose first section the README shows too."""
    return RECIPES.read_text(encoding="utf-8")


def simulator_page() -> str:
    """Return the page about the simulator."""
    return SIMULATOR.read_text(encoding="utf-8")


TOPICS: Mapping[str, Callable[[], str]] = {
    "exit-codes": statuses_page,
    "filters": filters_page,
    "recipes": recipes_page,
    "sinks": sinks_page,
    "simulator": simulator_page,
    **{str(int(status)): partial(status_page, int(status)) for status in PAGES},
}

# One line for each topic but the statuses.
SUMMARIES: Mapping[str, str] = {
    "exit-codes": "All exit statuses.",
    "filters": "How to name events and how filtering works.",
    "recipes": "Ready-made commands to copy.",
    "sinks": "Other destinations of events: webhooks, files, databases, commands.",
    "simulator": "How to run the simulator, and send events and faults.",
}
