"""The mind: a model over the tools, for what the grammar cannot read."""
