"""What is put into the application's process. On its PYTHONPATH, these are top-level modules.

Standard library only, and no import of schemaguard: the application need not have it.
"""
