"""The simulator's faults: their catalogue, schedule and effects."""
