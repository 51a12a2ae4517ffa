"""What happens without being asked: jobs by the clock, and the outbox that speaks for them."""
