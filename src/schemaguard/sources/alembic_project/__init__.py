"""Alembic projects as sources. Alembic itself is imported only by the extractor, in a child process."""

from schemaguard.sources.alembic_project.layout import Project, find_project, find_projects
from schemaguard.sources.alembic_project.read import read_headers, read_project

__all__ = ["Project", "find_project", "find_projects", "read_headers", "read_project"]
