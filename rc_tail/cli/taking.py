"""Commands that share many options take them as one mapping, written down once."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

# The annotation that Typer reads, and the value when the option is not given.
Declared = tuple[Any, Any]


def with_options(
    *groups: Mapping[str, Declared],
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command that takes ``**given`` a signature of named options.

    Args:
        groups: Options by name; an argument is one like the others.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        declared = {name: entry for group in groups for name, entry in group.items()}
        command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # inspect reads it
            [
                inspect.Parameter(
                    name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
                )
                for name, (annotation, default) in declared.items()
            ]
        )
        command.__annotations__ = {name: entry[0] for name, entry in declared.items()}
        return command

    return decorate
