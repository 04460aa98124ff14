"""Fault injection: what can go wrong, when, and how.

``catalogue.py`` has one entry for each fault, from which help, completion and checks follow;
``schedule.py`` decides when a fault occurs, ``effects.py`` and ``distortion.py`` cause it. They
import ``service/`` alone; ``simulation.py`` imports them.
"""
