"""The engine: one loop on the main thread that runs a tail from its start to its end.

What happens comes in as events (`loop_events`, through `mailbox`), the session and the gap filler
decide, and what is to be done goes out as commands (`executor`). `workers` does what may block;
`delivery` hands events to the sinks; `assembly` and `run` put a tail together. Only cli/ imports
this room. Begin reading with `loop`.
"""
