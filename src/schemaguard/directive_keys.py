"""What a comment that speaks to us may begin with: ``schemaguard: KEY = ...``."""

#: Those that a plan is made by.
PLANNED_BY = ("up", "down", "null", "fire", "stored", "tombstone")
#: All of them.
KEYS = ("phase", "allow", *PLANNED_BY)
