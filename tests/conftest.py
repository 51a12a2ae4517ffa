"""What holds for every test."""

from hypothesis import settings

# Speed belongs in a benchmark: a busy machine must not fail a test.
settings.register_profile("purser", deadline=None)
settings.load_profile("purser")
