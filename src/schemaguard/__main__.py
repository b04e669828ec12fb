"""``python -m schemaguard``, and the command ``schemaguard``."""

import sys


def main() -> int:
    """The exit code. What was answered before is answered at once."""
    from schemaguard.known_answers import recall, remember

    words = sys.argv[1:]
    try:
        known = recall(words)
    except BrokenPipeError:
        from schemaguard import ends

        ends.give_up_output()
        return ends.NO_READER
    if known is not None:
        return known
    from schemaguard.cli import main as run

    return remember(words, lambda: run(words))


if __name__ == "__main__":
    sys.exit(main())
