"""What the demo has counted."""

from schemaguard.dataclass import dataclass


@dataclass(slots=True)
class Numbers:
    """What was counted."""

    naive_requests: int = 0
    naive_failed: int = 0
    naive_worst_ms: float = 0.0
    requests: int = 0
    failed: int = 0
    worst_ms: float = 0.0
    differing_rows: int = -1
    lint_exit: int = -1
    check_exit: int = -1
    undo_exit: int = -1
    killed_after_rows: int = -1
    early_contract_exit: int = -1
    contract_exit: int = -1
    seconds: float = 0.0
