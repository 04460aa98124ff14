"""Where events go: standard output and ``--exec``; one file for each destination.

A sink accepts events without blocking, writes them on a thread of its own, and reports what is
written and what is lost (`reports`). It renders through output/ and imports nothing of state/ or
tail/, which joins them. status/, tail/ and cli/ import this room. Begin with `writer`.
"""
