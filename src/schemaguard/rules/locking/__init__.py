"""Rules about who waits."""
