"""Files in which answers are kept: written whole or not at all, and read only where they are as written.

Imported before anything slow, so it imports nothing that takes time.
"""

import marshal
import os

# Only for the checker of types: the path of a known answer imports nothing that takes time.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "")


def digest(content: bytes) -> bytes:
    """Sixteen bytes that no other content has."""
    import _blake2  # hashlib takes as long as all the rest

    found: bytes = _blake2.blake2b(content, digest_size=16).digest()
    return found


def directory(kind: str) -> str:
    """Where they are kept: in ``$SCHEMAGUARD_CACHE_DIR``, or in the user's cache directory."""
    chosen = os.environ.get("SCHEMAGUARD_CACHE_DIR")
    if not chosen:
        home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        chosen = os.path.join(home, "schemaguard")
    return os.path.join(chosen, kind)


def own_files(place: str = HERE) -> "Iterator[tuple[str, int, int]]":
    """Our own files: while somebody works on them, answers change without the version."""
    with os.scandir(place) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.is_dir():
                if entry.name != "__pycache__":
                    yield from own_files(entry.path)
            else:
                stat = entry.stat()
                yield entry.path, stat.st_mtime_ns, stat.st_size


def read(place: str) -> object:
    """What was kept there; None: nothing, or it is damaged."""
    try:
        with open(place, "rb") as file:
            content = file.read()
        if digest(content[16:]) == content[:16]:
            found: object = marshal.loads(content[16:])  # noqa: S302 (ours, and it makes data only)
            return found
    except (OSError, ValueError, EOFError, TypeError):
        pass
    return None


def keep(place: str, answer: object, most: int) -> None:
    """Write it, and let the oldest go of more than ``most``; where there is no place, nobody misses it."""
    mine = f"{place}.{os.getpid()}"
    body = marshal.dumps(answer)  # type: ignore[arg-type]
    try:
        os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)
        with open(mine, "wb") as file:
            file.write(digest(body) + body)
        os.replace(mine, place)
        _clear(os.path.dirname(place), most)
    except OSError:
        return


def _clear(place: str, most: int) -> None:
    with os.scandir(place) as entries:
        by_age = sorted((entry.stat().st_mtime_ns, entry.path) for entry in entries)
    for _, path in by_age[:-most]:
        os.unlink(path)
