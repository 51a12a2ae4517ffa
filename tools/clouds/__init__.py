"""What runs: one `Cloud` protocol, and what speaks it: AWS, Google Cloud and a simulated cloud."""
