"""Structs whose ``repr`` leaves out secrets."""

from typing import ClassVar

import msgspec


class SecretStruct(msgspec.Struct, frozen=True):
    """A struct that leaves the fields named in `hidden` out of its ``repr``."""

    hidden: ClassVar[frozenset[str]] = frozenset()

    def __repr__(self) -> str:
        visible = (
            f"{name}={getattr(self, name)!r}"
            for name in self.__struct_fields__
            if name not in self.hidden
        )
        return f"{type(self).__name__}({', '.join(visible)})"
