"""Rules about how migrations are run."""
