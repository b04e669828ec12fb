"""What to call a statement that we do not know: its verb, and the kind of object."""

from schemaguard.sql.cursor import Cursor

#: The first words of all of PostgreSQL's statements (18).
_VERBS = frozenset(
    """ABORT ALTER ANALYSE ANALYZE BEGIN CALL CHECKPOINT CLOSE CLUSTER COMMENT COMMIT COPY CREATE
    DEALLOCATE DECLARE DELETE DISCARD DO DROP END EXECUTE EXPLAIN FETCH GRANT IMPORT INSERT LISTEN LOAD
    LOCK MERGE MOVE NOTIFY PREPARE REASSIGN REFRESH REINDEX RELEASE RESET REVOKE ROLLBACK SAVEPOINT
    SECURITY SELECT SET SHOW START TABLE TRUNCATE UNLISTEN UPDATE VACUUM VALUES WITH""".split()
)
_ABOUT_OBJECTS = ("CREATE", "ALTER", "DROP")
#: Words between the verb and the kind.
_BETWEEN = frozenset(
    "OR REPLACE GLOBAL LOCAL TRUSTED PROCEDURAL RECURSIVE DEFAULT UNIQUE CONSTRAINT CONCURRENTLY".split()
)
_TWO_WORDS = {
    "ACCESS": "METHOD",
    "EVENT": "TRIGGER",
    "FOREIGN": "TABLE",
    "LARGE": "OBJECT",
    "MATERIALIZED": "VIEW",
    "OPERATOR": "CLASS FAMILY",
    "TEXT": "SEARCH",
    "USER": "MAPPING",
    "TEMP": "TABLE VIEW SEQUENCE",
    "TEMPORARY": "TABLE VIEW SEQUENCE",
    "UNLOGGED": "TABLE SEQUENCE",
    "DEFAULT": "PRIVILEGES",
}
_WHOLE = {
    "REFRESH": ("MATERIALIZED", "VIEW"),
    "SECURITY": ("LABEL",),
    "REASSIGN": ("OWNED",),
    "IMPORT": ("FOREIGN", "SCHEMA"),
}
_OBJECTS = frozenset(
    """AGGREGATE CAST COLLATION CONVERSION DATABASE DOMAIN EXTENSION FUNCTION GROUP INDEX LANGUAGE OPERATOR
    OWNED POLICY PRIVILEGES PROCEDURE PUBLICATION ROLE ROUTINE RULE SCHEMA SEQUENCE SERVER STATISTICS
    SUBSCRIPTION SYSTEM TABLE TABLESPACE TRANSFORM TRIGGER TYPE USER VIEW ASSERTION""".split()
)


def verb(cursor: Cursor) -> str:
    """``CREATE EXTENSION``, ``GRANT`` and the like; a syntax error if no statement begins so."""
    first = cursor.word
    if first == "(":
        return "SELECT"
    if first not in _VERBS:
        raise cursor.expected("a statement")
    if first not in _ABOUT_OBJECTS:
        return " ".join(_second(cursor, first))
    cursor.at += 1
    while cursor.word in _BETWEEN and cursor.look() != "PRIVILEGES":
        cursor.at += 1
    kind = cursor.word
    if cursor.look() in _TWO_WORDS.get(kind, "").split():
        return f"{first} {kind} {cursor.look()}"
    if kind == "FOREIGN" and cursor.look() == "DATA":
        return f"{first} FOREIGN DATA WRAPPER"
    if kind not in _OBJECTS:
        raise cursor.expected("a kind of object")
    return f"{first} {kind}"


def _second(cursor: Cursor, first: str) -> list[str]:
    """Verbs that mean little alone get their next word."""
    following = _WHOLE.get(first, ())
    return [first, *following] if cursor.is_at(first, *following) else [first]
