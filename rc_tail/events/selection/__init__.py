"""From the words of a command line to the event filters of a subscription.

Start with `select.py`, whose `select` is what the command line calls. `grammar.py` splits words,
`parameters.py` and `paths.py` check them against the catalogue, `suggestions.py` finds what a
mistyped word was meant to be.
"""
