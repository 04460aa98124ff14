"""The kinds of event, one file a family: their readable lines, then their entries.

To add a kind, append an `EventKind` to the tuple `KINDS` of its family; lists, completion, the
README's table, the simulator and the parametrized tests follow from it. `fields.py` reads the
untrusted bodies, also for `history/` and `output/`: nothing in it raises. Of the families only
`catalogue.py` needs to know.
"""
