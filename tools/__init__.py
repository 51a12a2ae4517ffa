"""What Purser can do: tools over bills, and what they stand on. Knows no Slack, no model."""
