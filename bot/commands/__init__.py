"""The terminal's commands, one module each, imported when called."""
