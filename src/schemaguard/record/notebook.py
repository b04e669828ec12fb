"""What was seen to be asked of a server, as notes that become a workload. No value gets into it."""

import json
from collections.abc import Callable, Mapping, Sequence

from schemaguard.compat.parameters import squeezed
from schemaguard.record.constants import Unsure, without_constants
from schemaguard.record.injected.schemaguard_notes import uses
from schemaguard.record.texts import bare, has_parameters, of_the_session, unwrapped, without_values
from schemaguard.sql.lexer import LexError

#: ``type``, whether it was NULL; for each ``$n``.
Known = Mapping[str, tuple[str, bool]]
_NO_TYPES: Known = {}
_NO_NAMES: Mapping[str, str] = {}


class Notebook:
    """Each statement once, whatever the order in which they came."""

    def __init__(self) -> None:
        self._notes: set[str] = set()
        self._texts: set[str] = set()
        self._seen: set[object] = set()
        #: By the statement, so that it is no loss when the same was recorded another time.
        self._lost: dict[str, set[tuple[str, str]]] = {}

    def note(
        self, text: str, driver: str, types: Known = _NO_TYPES, objects: Mapping[str, str] = _NO_NAMES
    ) -> None:
        """A statement that the server has understood."""
        key = (text, driver, tuple(types.items()), tuple(objects.items()))
        if key in self._seen:
            return
        try:
            sql, declared = asked(text)
            if not uses(sql) or of_the_session(sql):
                return
            known = dict(types) or {str(place): (one, False) for place, one in enumerate(declared, 1)}
            if has_parameters(sql):
                self._seen.add(key)
                self._write(sql, driver, known, objects)
                return
            made = without_constants(sql)
        except (Unsure, LexError) as error:
            self.lose(text, f"cannot be kept without its values: {error}", driver)
            return
        for variant in made.types:
            self._write(made.sql, driver, variant, {})

    def _write(self, sql: str, driver: str, types: Known, objects: Mapping[str, str]) -> None:
        self._texts.add(squeezed(sql))
        line = {
            "sql": sql,
            "style": "numeric_dollar",
            "driver": driver,
            "types": {key: list(type_) for key, type_ in types.items()},
            "objects": dict(objects),
            "many": False,
        }
        self._notes.add(json.dumps(line, sort_keys=True))

    def lose(self, text: str, why: str, driver: str) -> None:
        """A statement that nothing can be said of, unless the same is noted, too."""
        try:
            sql, _ = asked(text)
            if not uses(sql):
                return
            text = sql
            key = squeezed(sql if has_parameters(sql) else without_constants(sql).sql)
        except (Unsure, LexError):
            key = ""
        self._lost.setdefault(key, set()).add((f"{without_values(text)}: {why}", driver))

    def lose_all(self, what: str, driver: str) -> None:
        """What cannot be read as a statement."""
        self._lost.setdefault("", set()).add((what, driver))

    def lines(self, named: Callable[[str], str | None] = str) -> Sequence[dict[str, object]]:
        """The notes in order; ``named`` tells the name of a type, or None when nobody knows it."""
        found: list[dict[str, object]] = []
        for written in sorted(self._notes):
            line = json.loads(written)
            line["types"] = {key: [named(one), null] for key, (one, null) in line["types"].items()}
            if any(one is None for one, _ in line["types"].values()):
                what = f"{without_values(line['sql'])}: the type of a parameter is not known"
                line = {"unrecorded": what, "driver": line["driver"]}
            found.append(line)
        for key, entries in sorted(self._lost.items()):
            if key not in self._texts:
                found += [{"unrecorded": what, "driver": driver} for what, driver in sorted(entries)]
        return found


def asked(text: str) -> tuple[str, tuple[str, ...]]:
    """The query that a text is about, without comments, and the types that it declares."""
    sql, types = unwrapped(text)
    return bare(sql).strip().rstrip(";"), types
