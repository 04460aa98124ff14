"""Event kinds: the catalogue as data, how a notification is matched to it, how users name events.

Pure. Any room above may import it (`ROOMS` in tests/test_layout.py); it imports `errors` and
`text` only. Start with `kinds.py`, which says what an `EventKind` is, then one file of
`families/`, then `catalogue.py`, which joins them. `matching.py` finds the kind of a notification,
`event_uri.py` splits its URI, `listing.py` serves ``rc-tail events``.
"""
