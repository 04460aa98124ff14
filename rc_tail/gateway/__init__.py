"""The WebSocket protocol without I/O: what to do about everything that can happen.

`transport/` and the rooms after it may import this one. It uses no socket, clock, random number or
file: the time is an argument, and what is to be done is returned as actions (`commands.py`).

Begin with `session.py`: its state table names the handler of each message. Its parts are
`supervision` (pings, heartbeats, time limits), `subscription`, `takeover`, `recovery`,
`event_intake` (which events are new), `lifecycle` (open, lose, retry, end) and `connections`.
"""
