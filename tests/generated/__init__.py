"""A corpus that nobody wrote by hand: each statement about a table, on each shape of table."""
