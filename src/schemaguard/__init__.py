"""PostgreSQL schema migrations that never break running code."""

__version__ = "0.1.0"
