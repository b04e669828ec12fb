"""Statements that change a schema, each drawn for the schema as it is."""

from dataclasses import dataclass, field

from schemaguard.names import Relation, quote
from schemaguard.schema import SchemaState
from tests.fuzz.definitions import COLUMNS, NAMES, SCHEMAS, TABLES, Definitions, not_valid
from tests.fuzz.draw import Draw, Made
from tests.fuzz.values import DOMAINS, Values, kind_of, kinds

FUNCTIONS = (
    "CREATE FUNCTION one() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'",
    "CREATE FUNCTION any_number() RETURNS int LANGUAGE plpgsql AS $$BEGIN RETURN random() * 5; END$$",
    "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$",
)


@dataclass(frozen=True, slots=True)
class Statements:
    """Draws a statement."""

    draw: Draw
    schema: SchemaState
    major: int
    in_transaction: bool
    definitions: Definitions = field(init=False)
    values: Values = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "definitions", Definitions(self.draw, self.schema, self.major))
        object.__setattr__(self, "values", Values(self.draw))

    def any(self) -> Made:
        control = 14 if self.in_transaction else 4
        return self.draw.weighed(
            (
                (44, self.alter_table),
                (11, lambda: self.definitions.create_index(self.definitions.table())),
                (5, self.drop_index),
                (8, self.create_table),
                (5, self.drop_table),
                (5, self.rename),
                (12, self.rows),
                (control, self.transaction),
                (4, self.timeout),
                (5, self.routine),
            )
        )

    def create_table(self) -> Made:
        definitions = self.definitions
        name = definitions.table() if self.draw.chance(0.1) else definitions.new_table()
        return definitions.create_table(name)

    def drop_table(self) -> Made:
        draw = self.draw
        among = dict.fromkeys(self.definitions.table() for _ in range(draw.one((1, 1, 1, 2))))
        tables = tuple(map(self.definitions.relation, among))
        exists, cascade = (
            draw.one(("", "", "IF EXISTS ")),
            draw.one(("", "", " CASCADE", " CASCADE", " RESTRICT")),
        )
        return Made(f"DROP TABLE {exists}", tables, cascade)

    def drop_index(self) -> Made:
        draw = self.draw
        known = sorted(self.schema.indexes)
        name = draw.one(known) if known and draw.chance(0.93) else Relation("public", draw.one(NAMES))
        concurrently = draw.one(("", "", "CONCURRENTLY "))
        exists, cascade = draw.one(("", "", "IF EXISTS ")), draw.one(("", "", "", " CASCADE"))
        names = dict.fromkeys([name, *(draw.some(known, 1, 1) if known and draw.chance(0.1) else [])])
        return Made(
            f"DROP INDEX {concurrently}{exists}", tuple(map(self.definitions.relation, names)), cascade
        )

    def rename(self) -> Made:
        draw, definitions = self.draw, self.definitions
        table = definitions.table()
        head = f"ALTER TABLE {draw.one(('', '', 'IF EXISTS ', 'ONLY '))}{definitions.relation(table)} RENAME "
        if draw.chance(0.4):
            return Made(f"{head}TO {definitions.ident(draw.one(TABLES))}")
        constraints = [c.name for c in self.schema.known(table).constraints]
        if constraints and draw.chance(0.25):
            old, new = draw.one(constraints), draw.one(NAMES)
            return Made(f"{head}CONSTRAINT {definitions.ident(old)} TO {definitions.ident(new)}")
        if self.schema.indexes and draw.chance(0.2):
            index, exists = draw.one(sorted(self.schema.indexes)), draw.one(("", "IF EXISTS "))
            new = definitions.ident(draw.one(NAMES))
            return Made(f"ALTER INDEX {exists}{definitions.relation(index)} RENAME TO {new}")
        old, new = definitions.column(table), draw.one(COLUMNS)
        word = draw.one(("COLUMN ", "COLUMN ", ""))
        return Made(f"{head}{word}{definitions.ident(old)} TO {definitions.ident(new)}")

    def alter_table(self) -> Made:
        draw, definitions = self.draw, self.definitions
        table = definitions.table()
        actions = draw.one((1, 1, 1, 1, 2, 2, 2, 3, 3, 4))
        # What earlier actions add is there for later ones.
        fresh: dict[str, str] = {}
        parts = tuple(self._action(table, fresh) for _ in range(actions))
        words = draw.one(("", "", "", "", "IF EXISTS ", "ONLY ", "IF EXISTS ONLY "))
        return Made(f"ALTER TABLE {words}{definitions.relation(table)} ", parts)

    def _columns(self, table: Relation, fresh: dict[str, str]) -> dict[str, str]:
        return {**kinds(self.schema.known(table).columns), **fresh} or {"a": "number"}

    def _action(self, table: Relation, fresh: dict[str, str]) -> str:
        columns = self._columns(table, fresh)
        return self.draw.weighed(
            (
                (14, lambda: self._add_column(table, columns, fresh)),
                (8, lambda: self._drop_column(table, columns)),
                (12, lambda: self._change_type(columns)),
                (8, lambda: f"{self._alter(columns)} SET NOT NULL"),
                (4, lambda: f"{self._alter(columns)} DROP NOT NULL"),
                (4, lambda: self._set_default(columns)),
                (3, lambda: f"{self._alter(columns)} DROP DEFAULT"),
                (12, lambda: self._add_constraint(table, columns)),
                (4, lambda: self._use_index(table)),
                (6, lambda: self._validate(table)),
                (7, lambda: self._drop_constraint(table)),
            )
        )

    def _add_column(self, table: Relation, columns: dict[str, str], fresh: dict[str, str]) -> str:
        draw, definitions = self.draw, self.definitions
        name = definitions.new_column(table)
        definition, kind = definitions.new_column_definition(table, name, others=columns)
        if draw.chance(0.9):
            fresh[name] = kind
        word = draw.one(("COLUMN ", "COLUMN ", "", "COLUMN IF NOT EXISTS ", "IF NOT EXISTS "))
        return f"ADD {word}{definition}"

    def _some_column(self, columns: dict[str, str]) -> str:
        name = self.draw.one(columns) if self.draw.chance(0.98) else self.draw.one(COLUMNS)
        return self.definitions.ident(name)

    def _alter(self, columns: dict[str, str]) -> str:
        return f"ALTER {self.draw.one(('COLUMN ', 'COLUMN ', ''))}{self._some_column(columns)}"

    def _drop_column(self, table: Relation, columns: dict[str, str]) -> str:
        del table
        word, exists = self.draw.one(("COLUMN ", "COLUMN ", "")), self.draw.one(("", "", "IF EXISTS "))
        behaviour = self.draw.one(("", "", " CASCADE", " RESTRICT"))
        return f"DROP {word}{exists}{self._some_column(columns)}{behaviour}"

    def _change_type(self, columns: dict[str, str]) -> str:
        draw = self.draw
        name, kind = draw.one(columns.items())
        target = kind if draw.chance(0.8) else self.values.kind()
        type_ = self.values.type_of(target)
        using = ""
        if draw.chance(0.3) or target != kind:
            using = f" USING {self.values.using(name, kind, type_)}"
        word, words = draw.one(("COLUMN ", "")), draw.one(("TYPE", "SET DATA TYPE"))
        return f"ALTER {word}{self.definitions.ident(name)} {words} {type_}{using}"

    def _set_default(self, columns: dict[str, str]) -> str:
        name, kind = self.draw.one(columns.items())
        # NULL is kept if another action makes the type a domain.
        return f"ALTER {self.definitions.ident(name)} SET DEFAULT {self.values.default(kind, DOMAINS[0])}"

    def _add_constraint(self, table: Relation, columns: dict[str, str]) -> str:
        draw, definitions = self.draw, self.definitions
        unread = draw.one((" NOT VALID", "", ""))
        key = definitions.foreign_key(columns)
        if key is not None and draw.chance(0.4):
            return f"ADD {key}{unread}"
        if draw.chance(0.6):
            return f"ADD {definitions.check(table, columns)}{unread}"
        return f"ADD {definitions.unique(columns, primary=draw.chance(0.4))}"

    def _use_index(self, table: Relation) -> str:
        draw, definitions = self.draw, self.definitions
        usable = definitions.unique_indexes(table)
        if not usable and draw.chance(0.9):
            return f"ADD {definitions.unique(self._columns(table, {}), primary=draw.chance(0.7))}"
        name = draw.one(usable)[0].name if usable else draw.one(NAMES)
        kind = draw.one(("UNIQUE", "PRIMARY KEY"))
        return f"ADD {definitions.constraint_name()}{kind} USING INDEX {definitions.ident(name)}"

    def _validate(self, table: Relation) -> str:
        state = self.schema.known(table)
        among = not_valid(state) or [c.name for c in state.constraints] or list(NAMES)
        return f"VALIDATE CONSTRAINT {self.definitions.ident(self.draw.one(among))}"

    def _drop_constraint(self, table: Relation) -> str:
        draw = self.draw
        among = [c.name for c in self.schema.known(table).constraints]
        name = draw.one(among) if among and draw.chance(0.93) else draw.one(NAMES)
        exists, cascade = draw.one(("", "", "IF EXISTS ")), draw.one(("", "", " CASCADE", " RESTRICT"))
        return f"DROP CONSTRAINT {exists}{self.definitions.ident(name)}{cascade}"

    # Rows

    def rows(self) -> Made:
        table = self.definitions.table()
        return self.draw.weighed(
            (
                (4, lambda: self.insert(table)),
                (4, lambda: self._update(table)),
                (3, lambda: self._delete(table)),
            )
        )

    def insert(self, table: Relation, *, row: int = 0) -> Made:
        draw, definitions = self.draw, self.definitions
        columns = [c for c in self.schema.known(table).columns if c.generated is None and c.identity is None]
        target = definitions.relation(table)
        if not columns or draw.chance(0.05):
            return Made(f"INSERT INTO {target} DEFAULT VALUES")
        if not row and draw.chance(0.3):
            other = definitions.table()
            source = self.schema.known(other).columns
            read = quote(draw.one(source).name) if source else "1"
            return Made(
                f"INSERT INTO {target} ({quote(draw.one(columns).name)})"
                f" SELECT {read} FROM {definitions.relation(other)}",
                (),
                draw.one(("", " LIMIT 1", " ON CONFLICT DO NOTHING")),
            )
        of = columns if row else draw.some(columns, 1, 9)
        values = ", ".join(
            str(row or draw.between(1, 99))
            if kind_of(c.type) == "number" and draw.chance(0.8)
            else self.values.constant(kind_of(c.type))
            for c in of
        )
        names = ", ".join(definitions.ident(c.name) for c in of)
        tail = draw.one(("", "", "", " ON CONFLICT DO NOTHING", " RETURNING 1"))
        return Made(f"INSERT INTO {target} ({names}) VALUES ({values}){tail}")

    def _where(self, columns: dict[str, str]) -> str:
        draw = self.draw
        if draw.chance(0.25):
            return ""
        name, kind = draw.one(columns.items())
        if draw.chance(0.5):
            return f" WHERE {self.definitions.ident(name)} = {self.values.constant(kind)}"
        return f" WHERE {self.values.condition({name: kind})}"

    def _update(self, table: Relation) -> Made:
        draw, definitions = self.draw, self.definitions
        columns = self._columns(table, {})
        parts = tuple(
            f"{definitions.ident(name)} ="
            f" {draw.one((self.values.constant(kind), quote(name), 'DEFAULT', 'NULL'))}"
            for name, kind in draw.some(columns.items(), 1, 2)
        )
        other = definitions.table()
        if other != table and draw.chance(0.15):
            return Made(
                f"UPDATE {definitions.relation(table)} SET ",
                parts,
                f" FROM {definitions.relation(other)}{draw.one(('', ' AS o'))} WHERE true",
            )
        return Made(f"UPDATE {definitions.relation(table)} SET ", parts, self._where(columns))

    def _delete(self, table: Relation) -> Made:
        draw, definitions = self.draw, self.definitions
        other = definitions.table()
        target = definitions.relation(table)
        if other != table and draw.chance(0.15):
            return Made(f"DELETE FROM {target} USING {definitions.relation(other)} AS o WHERE true")
        if draw.chance(0.1):
            return Made(f"DELETE FROM {target} WHERE EXISTS (SELECT FROM {definitions.relation(other)})")
        return Made(f"DELETE FROM {target}{self._where(self._columns(table, {}))}")

    # The session

    def transaction(self) -> Made:
        draw = self.draw
        if not self.in_transaction:
            if draw.chance(0.06):
                return Made(draw.one(("COMMIT", "ROLLBACK", "END")))
            return Made(
                draw.one(("BEGIN", "BEGIN", "START TRANSACTION", "BEGIN ISOLATION LEVEL SERIALIZABLE"))
            )
        return Made(
            draw.one(
                (
                    "COMMIT",
                    "COMMIT",
                    "END",
                    "ROLLBACK",
                    "ROLLBACK",
                    "ABORT",
                    "COMMIT AND CHAIN",
                    "ROLLBACK AND CHAIN",
                    "BEGIN",
                )
            )
        )

    def timeout(self) -> Made:
        draw = self.draw
        name = draw.one(("lock_timeout", "statement_timeout"))
        if draw.chance(0.2):
            return Made(f"RESET {name}")
        scope = draw.one(("", "LOCAL ", "LOCAL ", "SESSION "))
        value = draw.one(("'60s'", "60000", "'2min'", "0", "DEFAULT", "'70s'"))
        return Made(f"SET {scope}{name} {draw.one(('=', 'TO'))} {value}")

    # Functions and triggers

    def routine(self) -> Made:
        draw, definitions = self.draw, self.definitions
        table = definitions.table()
        triggers = sorted(self.schema.known(table).triggers)
        choice = draw.between(1, 5)
        if choice == 1:
            replace = draw.one(("", "OR REPLACE "))
            name = draw.one(("one", "fresh", "app.fresh", '"Fresh"'))
            return Made(f"CREATE {replace}FUNCTION {name}() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'")
        if choice == 2:
            exists, restrict = draw.one(("", "IF EXISTS ")), draw.one(("", "", " RESTRICT"))
            name = draw.one(("one", "fresh", "app.fresh", "touch", '"Fresh"'))
            return Made(f"DROP FUNCTION {exists}{name}{draw.one(('', '()'))}{restrict}")
        if choice == 3 and triggers:
            exists = draw.one(("", "IF EXISTS "))
            name = draw.one((*triggers, draw.one(triggers), "missing"))
            return Made(f"DROP TRIGGER {exists}{definitions.ident(name)} ON {definitions.relation(table)}")
        replace = draw.one(("", "OR REPLACE "))
        when, event = draw.one(("BEFORE", "AFTER")), draw.one(("INSERT", "UPDATE", "INSERT OR UPDATE"))
        name = draw.one(("sync", "Touch", "audit"))
        return Made(
            f"CREATE {replace}TRIGGER {quote(name)} {when} {event} ON {definitions.relation(table)}"
            " FOR EACH ROW EXECUTE FUNCTION touch()"
        )


__all__ = ["FUNCTIONS", "SCHEMAS", "Statements"]
