"""The steps that doctor checks: network, login, gateway, stale subscriptions."""
