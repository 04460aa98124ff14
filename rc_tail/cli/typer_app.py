"""How a command's options are laid out, in sections and without colours, and how often each is."""

from collections import Counter
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand
from typer.exceptions import TyperException

from rc_tail.cli.commands import COMMANDS, HELP_OPTIONS
from rc_tail.errors import UsageError

_OTHERS = "Options"


class SectionedCommand(TyperCommand):
    """A command whose help shows its options under the headings that they name.

    An option that has one value may be given once: of two values one would be forgotten silently.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read a command line.

        Raises:
            UsageError: An option is given more than once.
        """
        try:
            _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        except TyperException as error:
            # It does not always know whose help explains it.
            error.ctx = getattr(error, "ctx", None) or ctx  # type: ignore[attr-defined]
            raise
        for parameter, times in Counter(order).items():
            if times > 1 and _has_one_value(parameter):
                spellings = " or ".join((*parameter.opts[:1], *parameter.secondary_opts))
                raise UsageError(
                    f"{spellings} is given {times} times", hint="Say it once: only one can hold."
                )
        return super().parse_args(ctx, args)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments first, then the sections in the order of their first option."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is None:
                continue
            if parameter.param_type_name == "argument":
                title = "Arguments"
                record = (parameter.metavar or record[0], record[1])
            else:
                title = getattr(parameter, "rich_help_panel", None) or _OTHERS
                record = (_spelled(parameter, record[0]), record[1])
            sections.setdefault(title, []).append(record)
        # What every command has stands last.
        if _OTHERS in sections:
            sections[_OTHERS] = sections.pop(_OTHERS)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)


def _has_one_value(parameter: Any) -> bool:
    """Tell whether saying an option again may say something else."""
    if parameter.param_type_name == "argument" or parameter.multiple:
        return False
    return bool(not parameter.is_flag or parameter.secondary_opts)


def _spelled(parameter: Any, usual: str) -> str:
    """Return the spellings of an option for its help."""
    if parameter.is_flag and parameter.secondary_opts and parameter.default:
        # What is the case anyway need not be said; the help is about its opposite.
        return ", ".join(parameter.secondary_opts)
    return usual


_CONTEXT = {"help_option_names": list(HELP_OPTIONS), "max_content_width": 100}


def click_command(name: str) -> Any:
    """Return a command, ready to be called with words."""
    entry = COMMANDS[name]
    target = getattr(import_module(f"rc_tail.cli.{entry.module}"), name)
    if entry.group:
        app = target
        app.rich_markup_mode = None
        app.info.context_settings = _CONTEXT
        for command in app.registered_commands:
            command.cls, command.context_settings = SectionedCommand, _CONTEXT
    else:
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(name, cls=SectionedCommand, context_settings=_CONTEXT)(target)
    return typer.main.get_command(app)
