"""The stand-in for a model endpoint, under the tests' own name; it lives where the bench is."""

from bot.mind.standin import Reply, Standin, calls, fails, says

__all__ = ["Reply", "Standin", "calls", "fails", "says"]
