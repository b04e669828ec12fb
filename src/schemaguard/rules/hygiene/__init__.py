"""Rules about habits. They are off unless chosen."""
