"""What an event looks like: pretty lines, JSON lines, templates; also filters and the mask.

Pure: the terminal's width, the time and the random key are arguments. `sinks/`, `tail/` and
`cli/` import it. Start with `pipeline.py`, which makes filter, mask and renderer from the options;
`describe.py` reads an event for the readable formats `pretty.py` and `template.py`.
"""
