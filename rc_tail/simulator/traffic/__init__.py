"""Made-up or recorded events of the company, of the kinds that clients are subscribed to.

It imports ``service/`` (filters, the company, occurrences); ``simulation.py`` imports it. Begin
with ``traffic.py`` (when events happen), then ``scenes.py`` (what happens) and
``event_factory.py`` (notifications from the catalogue's samples).
"""
