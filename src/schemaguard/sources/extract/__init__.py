"""
The program that runs Alembic revisions and writes down the SQL they send.

It runs in a child process, perhaps in another interpreter than schemaguard's own, so
nothing here imports schemaguard, and everything works on Python 3.9, Alembic 1.8 and
SQLAlchemy 1.4. The package is started as a directory: ``python .../sources/extract``.
"""
