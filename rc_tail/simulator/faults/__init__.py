"""Faults: what can go wrong, when, and how.

``catalogue.py`` has one entry for each fault, from which help, completion and checks follow;
``schedule.py`` decides when one happens, ``effects.py`` and ``distortion.py`` do it.
"""
