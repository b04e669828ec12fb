"""Every danger that any of 17 linters looks for, and which of our rules finds it."""
