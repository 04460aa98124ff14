"""Text: escaping, redaction, durations, columns, tolerant JSON."""
