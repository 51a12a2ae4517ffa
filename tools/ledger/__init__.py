"""What cannot be rebuilt: what was heard, said, decided and spent. SQLite, or PostgreSQL by URL."""
