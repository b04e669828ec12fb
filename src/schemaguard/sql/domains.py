"""CREATE and ALTER DOMAIN."""

from dataclasses import replace

from schemaguard.changes.add_domain_check import AddDomainCheck
from schemaguard.changes.base import Change
from schemaguard.changes.create_domain import CreateDomain
from schemaguard.changes.drop_domain_constraint import DropDomainConstraint
from schemaguard.changes.rename_domain_constraint import RenameDomainConstraint
from schemaguard.changes.set_domain_default import SetDomainDefault
from schemaguard.changes.set_domain_not_null import SetDomainNotNull
from schemaguard.changes.validate_domain_constraint import ValidateDomainConstraint
from schemaguard.names import Relation
from schemaguard.schema import Check, DomainState
from schemaguard.sql.columns import default, end_of_default
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.definitions import cascades
from schemaguard.sql.expressions import facts_at
from schemaguard.sql.index_elements import collation
from schemaguard.sql.productions import Productions
from schemaguard.sql.reject import Reject
from schemaguard.sql.type_names import is_serial, type_name
from schemaguard.sql.user_types import renamed_or_owned


def _create(cursor: Cursor) -> tuple[Change, ...]:
    name = cursor.relation("a domain")
    cursor.accept("AS")
    at = cursor.offset
    base = type_name(cursor)
    if is_serial(base):
        raise Reject(f"a domain cannot be over {base}: that is no type of its own", at)
    state = DomainState(base=base)
    nullable = False
    while not cursor.done:
        named = cursor.accept("CONSTRAINT")
        own = cursor.name("a constraint's name") if named else ""
        if cursor.accept("NOT", "NULL"):
            state = replace(state, not_null=True, not_null_name=own or state.not_null_name)
        elif cursor.accept("NULL"):
            nullable = True
        elif cursor.accept("DEFAULT"):
            if state.default is not None:
                raise Reject("a domain with more than one default", cursor.offset)
            state = replace(state, default=default(cursor.up_to(end_of_default(cursor))))
        elif cursor.accept("CHECK"):
            state = replace(state, checks=(*state.checks, _check(cursor, own)))
        elif not named and cursor.accept("COLLATE"):
            collation(cursor)
        else:
            raise cursor.expected("a constraint of the domain, or its end")
    if nullable and state.not_null:
        raise Reject("a domain that is both NULL and NOT NULL", cursor.offset)
    return (CreateDomain(name, state),)


def _check(cursor: Cursor, name: str) -> Check:
    """The CHECK in the parentheses that come next. VALUE, of which it speaks, is no column."""
    expression = facts_at(cursor.inside())
    return Check(name=name, expression=replace(expression, columns=frozenset(), proves_present=frozenset()))


def _alter(cursor: Cursor) -> tuple[Change, ...]:
    domain = cursor.relation("a domain")
    change: Change
    if cursor.accept("SET", "DEFAULT"):
        change = SetDomainDefault(domain, default(cursor))
    elif cursor.accept("DROP", "DEFAULT"):
        change = SetDomainDefault(domain, None)
    elif cursor.accept("SET", "NOT", "NULL"):
        change = SetDomainNotNull(domain=domain, not_null=True)
    elif cursor.accept("DROP", "NOT", "NULL"):
        change = SetDomainNotNull(domain=domain, not_null=False)
    elif cursor.accept("ADD"):
        change = _add(cursor, domain)
    elif cursor.accept("DROP", "CONSTRAINT"):
        if_exists = cursor.accept("IF", "EXISTS")
        name = cursor.name("a constraint")
        cascades(cursor)  # On a domain's constraint nothing depends.
        change = DropDomainConstraint(domain=domain, name=name, if_exists=if_exists)
    elif cursor.accept("VALIDATE", "CONSTRAINT"):
        change = ValidateDomainConstraint(domain, cursor.name("a constraint"))
    elif cursor.accept("RENAME", "CONSTRAINT"):
        name = cursor.name("a constraint")
        cursor.expect("TO")
        change = RenameDomainConstraint(domain, name, cursor.name("the new name"))
    else:
        change = renamed_or_owned(cursor, domain, domain=True)
    cursor.finish()
    return (change,)


def _add(cursor: Cursor, domain: Relation) -> Change:
    name = cursor.name("a constraint's name") if cursor.accept("CONSTRAINT") else ""
    if cursor.accept("NOT", "NULL"):
        return SetDomainNotNull(domain=domain, not_null=True, name=name, as_constraint=True)
    cursor.expect("CHECK")
    check = _check(cursor, name)
    return AddDomainCheck(domain, replace(check, valid=not cursor.accept("NOT", "VALID")))


PRODUCTIONS: Productions = {
    ("CREATE", "DOMAIN"): _create,
    ("ALTER", "DOMAIN"): _alter,
}
