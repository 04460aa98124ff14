"""The catalogue as data: one module per family of event kinds."""
