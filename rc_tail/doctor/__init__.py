"""Walks the road to the first event, and names the step that fails and its cure."""
