"""What Purser can do: tools over bills, and what they stand on. Knows nothing of Slack or models."""
