"""Questions with known answers, asked of Purser to see how it does: `purser eval`."""
