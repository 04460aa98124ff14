"""How a command's options are laid out: in sections, without colours, in no time."""

from typing import Any

from typer.core import TyperCommand

_OTHERS = "Options"


class SectionedCommand(TyperCommand):
    """A command whose help shows its options under the headings that they name."""

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
            sections.setdefault(title, []).append(record)
        # What every command has stands last.
        if _OTHERS in sections:
            sections[_OTHERS] = sections.pop(_OTHERS)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)
