"""How Purser hears, thinks, speaks and keeps time. Everything it knows it asks of `tools`."""
