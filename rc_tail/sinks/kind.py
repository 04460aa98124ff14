"""What a row of the table of sinks says: `SinkKind`."""

from collections.abc import Callable
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

from rc_tail.config.option import Option
from rc_tail.errors import UsageError

# Every command line reads the table: what it need not know is not imported.
if TYPE_CHECKING:
    from rc_tail.config.tail_options import SinkRequest
    from rc_tail.sinks.sink import Sink, SinkContext


class SinkKind(NamedTuple):
    """A row of the table.

    Attributes:
        name: Of the kind.
        address: The option that names a destination; None where only ``--sink`` does.
        module: Imports its module, which has ``check`` and ``make``.
        about: What a user must know of it, for ``rc-tail help sinks``; paragraphs are lines.
        order: Whether events are delivered in their order, in words.
        often: How often an event is delivered, in words.
        schemes: Of the addresses that ``--sink`` takes for it, such as ``http``.
        options: Further options that only this kind has.
        extra: The extra of the package that it needs, named as the library that the extra brings;
            empty for none.
        retries: The name of its option for the number of retries; empty for endless ones.
        secret_files: The names of its options whose files hold secrets.
        secret_query: The parameter of its addresses that names such a file; empty for none.
    """

    name: str
    address: Option | None
    module: Callable[[], ModuleType]
    about: str
    order: str
    often: str
    schemes: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    extra: str = ""
    retries: str = ""
    secret_files: tuple[str, ...] = ()
    secret_query: str = ""

    @property
    def usage(self) -> str:
        """How a destination of this kind is named on the command line."""
        if self.address is not None:
            return self.address.usage
        return f"--sink {self.schemes[0]}://..."

    @property
    def own_options(self) -> tuple[Option, ...]:
        """All options of this kind alone."""
        return self.options if self.address is None else (self.address, *self.options)

    def check(self, request: "SinkRequest", *, allows_plain: bool) -> None:
        """Check what can be known without opening anything.

        Raises:
            UsageError: The address or an option can never work, or a library is missing.
        """
        if self.extra and find_spec(self.extra) is None:
            raise UsageError(
                f"--sink: {self.name} needs a library that is not installed",
                hint=f"Install it with: pip install 'rc-tail[{self.extra}]'",
            )
        self.module().check(request, allows_plain=allows_plain)

    def make(self, request: "SinkRequest", context: "SinkContext") -> "Sink":
        """Make a sink.

        Raises:
            UsageError: The address or an option can never work.
            ConfigError: A file that an option names cannot be used.
        """
        sink: Sink = self.module().make(request, context)
        return sink
