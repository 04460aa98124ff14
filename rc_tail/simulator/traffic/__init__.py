"""Invented people, and the events that they cause.

``company.py`` and ``outsiders.py`` are the people, ``scenes.py`` what they do, and
``event_factory.py`` makes notifications from the catalogue's samples. Begin with ``traffic.py``.
"""
