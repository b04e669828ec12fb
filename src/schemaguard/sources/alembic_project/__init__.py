"""Alembic projects as sources. This side imports neither Alembic nor SQLAlchemy: the extractor does, in a child."""

from schemaguard.sources.alembic_project.layout import Project, find_project, find_projects
from schemaguard.sources.alembic_project.read import read_project

__all__ = ["Project", "find_project", "find_projects", "read_project"]
