"""From the names and paths on the command line to event filters."""
