"""``rc-tail profiles``: lists the stored logins."""

import json
import os
import sys
from typing import TYPE_CHECKING, Any

from rc_tail.cli.context import identity_options, open_reporter
from rc_tail.cli.exit import open_terminal
from rc_tail.config.option import OptionValues
from rc_tail.errors import ConfigError
from rc_tail.text.escape import visible, visible_json

_PLACE = len("keyring")

if TYPE_CHECKING:
    from rc_tail.config.credentials import ProfileStore


def profiles(values: OptionValues) -> None:
    """List the stored logins; * marks the default."""
    from rc_tail.config.credentials import DEFAULT_PROFILE
    from rc_tail.config.folders import Folders
    from rc_tail.config.loading import profile_store
    from rc_tail.config.settings import Environment

    reporter = open_reporter(values)
    store = profile_store(Folders.of_user(), reporter)
    environment = Environment.read(identity_options(values), os.environ)
    used = environment.profile or DEFAULT_PROFILE
    if environment.credentials() is not None:
        used = ""
        reporter.info(
            "profiles", f"RC_* variables are set ({environment.origin}) and override profiles"
        )
    rows = [_row(store, name, used) for name in store.names()]
    if not rows:
        reporter.info("profiles", "no profiles yet: run `rc-tail login`")
    columns = open_terminal().output_width
    width = columns() if columns is not None else None
    for row in rows:
        text = _as_json(row) if values["as_json"] else _as_text(row, rows, width)
        sys.stdout.write(f"{text}\n")


def _row(store: "ProfileStore", name: str, used: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": name,
        "used": name == used,
        "server": None,
        "who": None,
        "secrets": None,
    }
    try:
        # Without its secrets: the keyring could prompt for a password for each.
        profile = store.outline(name)
    except ConfigError as error:
        # A damaged profile must not hide the others.
        return {**row, "error": error.message}
    if profile is not None:
        who = profile.identity.described() if profile.identity is not None else None
        row.update(server=profile.server, who=who, secrets=profile.place)
    return row


def _as_json(row: dict[str, Any]) -> str:
    return visible_json(json.dumps(row, ensure_ascii=False))


def _as_text(row: dict[str, Any], rows: list[dict[str, Any]], width: int | None) -> str:
    from rc_tail.text.columns import hang

    name_width = max(len(other["name"]) for other in rows)
    server_width = max(len(other["server"] or "") for other in rows)
    description = row.get("error") or row["who"] or ""
    star = "*" if row["used"] else " "
    start = (
        f"{star} {row['name']:<{name_width}}  {row['server'] or '':<{server_width}}  "
        f"{row['secrets'] or '':<{_PLACE}}  "
    )
    return hang(visible(start), visible(description), width).rstrip()
