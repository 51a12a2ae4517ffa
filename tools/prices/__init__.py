"""What machines have in them and what they cost."""
