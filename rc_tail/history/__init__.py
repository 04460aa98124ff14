"""Past events over REST: which stores hold them, reading them, and filling gaps with them.

`plan` chooses the stores of a subscription and makes events of records, `reader` reads them within
the rate limits, `dedup` recognises what was printed before, `gap_filler` decides what is printed
when. All but `reader` are without I/O. state/ and tail/ import this room. Begin with `gap_filler`.
"""
