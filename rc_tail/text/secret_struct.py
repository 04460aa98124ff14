"""Values with secrets in them, which they do not show when they are printed."""

from typing import ClassVar

import msgspec


class SecretStruct(msgspec.Struct, frozen=True):
    """A value that says of some of its fields nothing but that they are there."""

    hidden: ClassVar[frozenset[str]] = frozenset()

    def __repr__(self) -> str:
        shown = (
            f"{name}={getattr(self, name)!r}"
            for name in self.__struct_fields__
            if name not in self.hidden
        )
        return f"{type(self).__name__}({', '.join(shown)})"
