"""What of running code stops working: which need is broken, and whose."""

from schemaguard.dataclass import dataclass

#: Who uses something when no workload says so: assumed, so that lint needs no database.
ANY_CODE = "code that uses the whole schema"


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A need of code that worked before the statement, and is not met after it."""

    #: What is needed, such as ``column public.account.note``.
    needs: str
    #: Which code: ``baseline: get_account``, or ANY_CODE.
    by: str = ANY_CODE
    #: False: it hangs on what the code does (does it ever write NULL?).
    certain: bool = True
