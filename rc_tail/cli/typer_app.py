"""Typer commands made from the tables of options and arguments, and the layout of their help."""

import inspect
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand
from typer.exceptions import TyperException

from rc_tail.cli.commands import COMMANDS, HELP_OPTIONS, Run, load, load_group
from rc_tail.cli.options import arguments_of, options_of
from rc_tail.config.option import Argument, Option
from rc_tail.errors import UsageError
from rc_tail.sinks.table import SINKS

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
                hint = "Use it once."
                if any(kind.address and kind.address.name == parameter.name for kind in SINKS):
                    hint += " --sink URL adds further destinations: rc-tail help sinks."
                raise UsageError(f"{spellings} was given {times} times", hint=hint)
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
                record = (_spellings_in_help(parameter, record[0]), record[1])
            sections.setdefault(title, []).append(record)
        # What every command has stands last.
        if _OTHERS in sections:
            sections[_OTHERS] = sections.pop(_OTHERS)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)


def _has_one_value(parameter: Any) -> bool:
    if parameter.param_type_name == "argument" or parameter.multiple:
        return False
    return bool(not parameter.is_flag or parameter.secondary_opts)


def _spellings_in_help(parameter: Any, by_typer: str) -> str:
    if parameter.is_flag and parameter.secondary_opts and parameter.default:
        # The default need not be given; the help is about its opposite.
        return ", ".join(parameter.secondary_opts)
    return by_typer


_CONTEXT = {"help_option_names": list(HELP_OPTIONS), "max_content_width": 100}


def click_command(name: str) -> Any:
    """Return a command, ready to be called with words."""
    if COMMANDS[name].group:
        group = load_group(name)
        app = typer.Typer(
            name=name,
            help=group.help,
            no_args_is_help=True,
            add_completion=False,
            rich_markup_mode=None,
            context_settings=_CONTEXT,
        )
        for inner, run in group.commands.items():
            _add(app, inner, f"{name} {inner}", run)
    else:
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        _add(app, name, name, load(name))
    return typer.main.get_command(app)


def _add(app: typer.Typer, name: str, path: str, run: Run) -> None:
    command = app.command(name, cls=SectionedCommand, context_settings=_CONTEXT)
    command(_with_signature(run, path))


def _with_signature(run: Run, path: str) -> Callable[..., int | None]:
    """Return a function with the parameters that Typer makes options and arguments of."""
    entries: list[Argument | Option] = [*arguments_of(path), *options_of(path)]
    repeatable = {entry.name for entry in entries if entry.repeatable}

    def callback(**values: Any) -> int | None:
        return run(
            {
                name: tuple(value or ()) if name in repeatable else value
                for name, value in values.items()
            }
        )

    parameters = [_parameter(entry) for entry in entries]
    callback.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    callback.__annotations__ = {each.name: each.annotation for each in parameters}
    callback.__doc__ = run.__doc__
    return callback


def _parameter(entry: Option | Argument) -> inspect.Parameter:
    default = entry.value_if_absent
    if isinstance(entry, Argument) and entry.required:
        default = inspect.Parameter.empty
    value_type: Any = list[entry.type] if entry.repeatable else entry.type  # type: ignore[name-defined]
    if default in (None, ()):
        default, value_type = None, value_type | None
    made = _option(entry) if isinstance(entry, Option) else _argument(entry)
    return inspect.Parameter(
        entry.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[value_type, made],
    )


def _path_type(entry: Option | Argument) -> Any:
    # Typer's annotation knows text and bytes alone; `Path` is what click takes as well.
    return Path if entry.type is Path else None


def _option(option: Option) -> Any:
    spellings = option.spellings
    if option.opposite:
        spellings = (f"{option.opposite}/{spellings[0]}",)
    return typer.Option(
        *spellings,
        metavar=option.metavar or None,
        help=option.help,
        rich_help_panel=option.group or None,
        # The help itself names defaults.
        show_default=False,
        min=option.minimum,
        max=option.maximum,
        # Whether a file can be read is for the command to say.
        readable=False,
        path_type=_path_type(option),
    )


def _argument(argument: Argument) -> Any:
    return typer.Argument(
        metavar=argument.metavar,
        help=argument.help,
        show_default=False,
        readable=False,
        path_type=_path_type(argument),
    )
