"""Simulated people and the events they cause."""
