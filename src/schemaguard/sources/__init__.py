"""Migrations as their authors wrote them. The only package that knows Alembic and SQLAlchemy."""

from schemaguard.sources.asked import Asked, read_paths, read_unsaved

__all__ = ["Asked", "read_paths", "read_unsaved"]
