"""Who may change what: proposals, policy, approvals, and the one place that executes."""
