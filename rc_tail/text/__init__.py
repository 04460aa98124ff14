"""Text: escaping, redaction, columns, durations, time stamps, counts, lenient JSON.

Pure, and below every other room: it imports `errors` only, so that any room may import it. Each
module stands alone. Untrusted text passes `escape.py` before it reaches a terminal, and every
message passes `redact.py`.
"""
