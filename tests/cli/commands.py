"""The login commands as a program of their own."""

import sys

import typer

from rc_tail.cli import exit as edge
from rc_tail.cli.login import login
from rc_tail.cli.logout import logout
from rc_tail.cli.profiles import profiles
from rc_tail.cli.whoami import whoami

app = typer.Typer(add_completion=False)
for name, command in (
    ("login", login),
    ("logout", logout),
    ("whoami", whoami),
    ("profiles", profiles),
):
    app.command(name)(command)


if __name__ == "__main__":
    edge.run(lambda: app(sys.argv[1:], standalone_mode=False), sys.argv[1:])
