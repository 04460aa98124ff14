"""The engine: the loop, its mailbox, workers and connections."""
