"""rc-tail: tail RingCentral events over WebSockets."""

__version__ = "0.1.0"
