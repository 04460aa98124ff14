"""A local RingCentral: for demos, for tests, and for other people's clients.

    from rc_tail.simulator import Simulator

``service/`` is the simulated service without sockets, ``traffic/`` invents people and events,
``faults/`` injects faults, ``server/`` holds the sockets; ``simulation.py`` joins them. Only
``cli/`` imports this room, and it imports ``errors``, ``text``, ``system`` and ``events`` alone:
it shares no protocol code with the client, so that one mistake cannot be on both sides. Begin
reading with ``instance.py``, then ``service/service.py``.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rc_tail.simulator.control import NoSubscriberError
    from rc_tail.simulator.instance import Simulator
    from rc_tail.simulator.service.options import Options
    from rc_tail.simulator.simulation import AnsweredRequest, Subscriber

__all__ = ["AnsweredRequest", "NoSubscriberError", "Options", "Simulator", "Subscriber"]

_MODULES = {
    "AnsweredRequest": "simulation",
    "NoSubscriberError": "control",
    "Options": "service.options",
    "Simulator": "instance",
    "Subscriber": "simulation",
}


def __getattr__(name: str) -> Any:
    """Import a name when it is first used: `simulator send` needs none of them."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
