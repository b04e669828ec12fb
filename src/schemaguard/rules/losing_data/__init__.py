"""Rules about data that is lost."""
