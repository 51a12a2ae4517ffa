"""A planted year, played through day by day as the jobs would have run, and what came of it."""
