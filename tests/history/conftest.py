from tests.rest.conftest import client, clock, platform, redactor, settings, source

__all__ = ["client", "clock", "platform", "redactor", "settings", "source"]
