"""The steps that doctor checks, in order."""
