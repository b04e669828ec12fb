"""How reading fails: a reason, and where in the text."""


class Reject(Exception):
    """Not understood. Whoever catches it takes the unsafe answer."""

    def __init__(self, reason: str, offset: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset
