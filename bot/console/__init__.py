"""A local stand-in for a Slack workspace: what `purser demo` shows and what the tests talk to.

`block_rules` needs nothing but Python; everything else is imported only where it is served.
"""
