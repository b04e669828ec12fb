"""What a change of a table does to its partitions, and to the tables that inherit from it.

PostgreSQL does most actions of ALTER TABLE to all descendants of the table, under the same
locks. (tablecmds.c calls it recursion; measured on 14 to 18 by the corpus.)
"""
