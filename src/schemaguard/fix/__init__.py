"""Statements that make others wait become statements that do the same and let them work. Pure."""
