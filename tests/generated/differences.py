"""Where what we say is more than what the server does, on the safe side: (shape, statement) and why."""

_INDEX_ONLY = "the planner may read an index that has all that the query wants; on a large table it may not"

DIFFERENCES: dict[tuple[str, str], str] = {
    ("indexed", "CREATE MATERIALIZED VIEW x AS SELECT a FROM t"): _INDEX_ONLY,
    ("ranges", "CREATE MATERIALIZED VIEW x AS SELECT a FROM t"): _INDEX_ONLY,
    ("partition", "CREATE MATERIALIZED VIEW x AS SELECT a FROM t"): _INDEX_ONLY,
}
