"""Alembic's side of the hook: a revision as it would write it, and revisions that it is to write."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic import util
from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import _render_python_into_templatevars
from alembic.operations.ops import (
    AddColumnOp,
    CreateTableOp,
    DowngradeOps,
    DropColumnOp,
    DropTableOp,
    MigrateOperation,
    MigrationScript,
    ModifyTableOps,
    UpgradeOps,
)

from schemaguard.errors import Refused
from schemaguard.plan.original import quoted
from schemaguard.plan.write_alembic import Revision, of_release
from schemaguard.sources.alembic_project import Project, find_projects

if TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    from schemaguard.plan import Plan


class Code(MigrateOperation):
    """Python source in the place of operations; ``ops`` are those that it stands for."""

    def __init__(self, lines: Sequence[str], ops: Sequence[MigrateOperation] = ()) -> None:
        self.lines = lines
        #: `alembic check` tells of what is in here.
        self.ops = list(ops)


@renderers.dispatch_for(Code)
def _text(_context: AutogenContext, code: Code) -> str:
    # One text: Alembic would indent line by line, by what it takes for the end of a block.
    return _one_literal_a_line("\n".join(code.lines))


def project_of(context: MigrationContext, scripts: ScriptDirectory) -> Project:
    """The project that Alembic is run in; without a file, as it was made up."""
    config = context.config
    assert config is not None, "a hook is called in the environment of a command"
    for name in (getattr(config, "toml_file_name", None), config.config_file_name):
        projects = find_projects(Path(name)) if name and Path(name).is_file() else ()
        for project in projects:
            if project.section == config.config_ini_section:
                return project
    root = Path(scripts.dir)
    environment = root / "env.py"
    return Project(
        root=root,
        versions=tuple(Path(each) for each in scripts.version_locations or [str(root / "versions")]),
        recursive=getattr(scripts, "recursive_version_locations", False),
        environment=environment if environment.is_file() else None,
    )


def refuse_questions(script: MigrationScript) -> None:
    """Refused where what autogenerate calls two changes may be one: it does not see what was renamed."""
    assert script.upgrade_ops is not None
    asked = list(_may_be_renamed(script.upgrade_ops.ops))
    if asked:
        raise Refused(
            "\n  ".join(["is this another name for the same?", *asked]),
            advice="A new name is op.alter_column(..., new_column_name=...) or op.rename_table(...) in their"
            "\n  place. Where the new is made of the old, an UPDATE says how. Else it is right as it is.",
        )


def _may_be_renamed(ops: Sequence[MigrateOperation]) -> Iterator[str]:
    gone = [op.table_name for op in ops if isinstance(op, DropTableOp)]
    new = [op.table_name for op in ops if isinstance(op, CreateTableOp)]
    if gone and new:
        yield f"table {', '.join(gone)} goes, {', '.join(new)} comes"
    for op in ops:
        if isinstance(op, ModifyTableOps):
            gone = [each.column_name for each in op.ops if isinstance(each, DropColumnOp)]
            new = [each.column.name for each in op.ops if isinstance(each, AddColumnOp)]
            if gone and new:
                yield f"of {op.table_name}: column {', '.join(gone)} goes, {', '.join(new)} comes"


def refuse_unfit(context: MigrationContext) -> None:
    """Refused where the project is one in which several revisions cannot be written."""
    scripts = context.script
    assert scripts is not None
    template = Path(scripts.dir) / "script.py.mako"
    if "${imports" not in template.read_text(encoding="utf-8"):
        raise Refused(
            f"{template} has no place for `imports`, where the phase of a revision is said",
            advice='Write ${imports if imports else ""} behind its imports.',
        )
    if not any(part in scripts.file_template for part in ("%(rev)s", "%(slug)s")):
        raise Refused(
            f"file_template = {scripts.file_template!r} gives several revisions one name",
            advice="Let it say %(rev)s.",
        )


def write_draft(context: MigrationContext, script: MigrationScript, draft: Path) -> None:
    """Write the revision as Alembic would, by the project's template, but into another file."""
    scripts = context.script
    assert scripts is not None
    rendering = AutogenContext(context, autogenerate=False)
    rendering.imports = set(script.imports or ())
    values: dict[str, Any] = dict(context.opts.get("template_args") or {})
    _render_python_into_templatevars(rendering, script, values)
    heads = scripts.get_revisions(script.head or "head")
    depends_on = [scripts.get_revision(name) for name in util.to_list(script.depends_on, [])]
    util.template_to_file(
        str(Path(scripts.dir) / "script.py.mako"),
        str(draft),
        "utf-8",
        up_revision=script.rev_id,
        down_revision=_scalar([head.revision for head in heads]),
        branch_labels=util.to_tuple(script.branch_label),
        depends_on=_scalar([one.revision for one in depends_on]),
        create_date=datetime.now().astimezone(),
        comma=util.format_as_comma,
        message=script.message or "empty message",
        **values,
    )


def without_places(why: str, draft: Path) -> str:
    """What is said of a draft, with its lines in the place of their numbers: the file will be another."""
    if not draft.exists():
        return why
    lines = draft.read_text(encoding="utf-8").splitlines()
    return re.sub(
        rf"\S*{re.escape(f'{draft.parent.name}/{draft.name}')}(?::(\d+):\d+)?",
        lambda found: lines[int(found[1]) - 1].strip() if found[1] else "this revision",
        why,
    )


def _scalar(names: Sequence[str]) -> str | tuple[str, ...] | None:
    return tuple(names) if len(names) > 1 else names[0] if names else None


def directive(
    context: MigrationContext, script: MigrationScript, plan: Plan, revision: Revision
) -> MigrationScript:
    """What lets Alembic write one of the revisions in the place of ``script``."""
    place, phase = revision.place, revision.phase.value
    scripts = context.script
    assert scripts is not None
    assert script.upgrade_ops is not None
    message = script.message or "empty message"
    named = "%(rev)s" in scripts.file_template
    heading = [f"# {line}" for line in of_release(plan, revision.phase)]
    # `alembic check` asks the last one.
    found = script.upgrade_ops.ops if place.revision == script.rev_id else ()
    return MigrationScript(
        rev_id=place.revision,
        # Where the name of the file is only a slug, which is cut, that has to begin with what differs.
        message=f"{message}: {phase}" if named else f"{phase}: {message}",
        upgrade_ops=UpgradeOps([Code([*heading, *revision.upgrade], found)]),
        downgrade_ops=DowngradeOps([Code(revision.downgrade)]),
        imports={f"\nschemaguard_phase = {quoted(phase)}"},
        head=ast.literal_eval(place.down_revision) or "base",
        # That the place is free, the plan knows.
        splice=True,
        branch_label=ast.literal_eval(place.branch_labels),
        version_path=script.version_path,
        depends_on=ast.literal_eval(place.depends_on),
    )


def remark(script: MigrationScript, why: str) -> None:
    """Let the revision say why it is not split, and what to do."""
    lines = ["schemaguard has not split this into expand, backfill and contract:"]
    lines += [*why.splitlines(), "Then `schemaguard split` of this file writes them."]
    assert script.upgrade_ops is not None
    script.upgrade_ops.ops.insert(0, Code([f"# {line}".rstrip() for line in lines]))


def _one_literal_a_line(code: str) -> str:
    """The code with its long strings as one literal a line: Alembic indents also what is inside of them."""
    lines = code.split("\n")
    for token in reversed(list(_long_strings(code))):
        (first, begin), (last, end) = token.start, token.end
        before, after = lines[first - 1][:begin], lines[last - 1][end:]
        indent = " " * (len(before) - len(before.lstrip()))
        inner = [f"{indent}    {quoted(line)}" for line in _lines(ast.literal_eval(token.string))]
        lines[first - 1 : last] = [before, *inner, indent + after.lstrip()]
    return "\n".join(lines)


def _lines(text: str) -> Iterator[str]:
    *lines, last = text.strip("\n").split("\n")
    yield from (f"{line}\n" for line in lines)
    yield last


def _long_strings(code: str) -> Iterator[tokenize.TokenInfo]:
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.STRING and token.start[0] != token.end[0]:
            yield token
