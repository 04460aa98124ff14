"""Tells others how a tail is: scripts, supervisors, and the person at the terminal."""
