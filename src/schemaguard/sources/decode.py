"""Bytes of a file to text, or a sentence that says why not."""

import codecs
from pathlib import Path

from schemaguard.errors import InputError

#: Larger files are refused: what is in them is data, and reading it takes gigabytes of memory.
MAX_BYTES = 100_000_000

# The longer one first: it begins with the shorter one.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def read_text(path: Path, shown: str) -> str:
    """The file's text without its byte order mark, line ends as they are."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InputError(
                f"{size:,} bytes: too large to read, the limit is {MAX_BYTES:,}",
                path=shown,
                advice="Load large data by itself, apart from the migration: COPY from a file of its own.",
            )
        content = path.read_bytes()
    except OSError as error:
        raise unreadable(error, shown) from None
    return decode(content, shown)


def encoded(text: str, like: bytes) -> bytes:
    """The text in the encoding of that content, with its byte order mark."""
    mark, encoding = next(((m, e) for m, e in _MARKS if like.startswith(m)), (b"", "utf-8"))
    return mark + text.encode(encoding)


def unreadable(error: OSError, shown: str) -> InputError:
    """The sentence for a file or directory that cannot be opened."""
    match error:
        case FileNotFoundError():
            return InputError("there is no such file or directory", path=shown)
        case PermissionError():
            return InputError("no permission to read it", path=shown)
        case IsADirectoryError():
            return InputError("this is a directory, not a file", path=shown)
        case _:
            return InputError(f"cannot be read: {error.strerror or error}", path=shown)


def decode(content: bytes, shown: str) -> str:
    """UTF-8, or what the byte order mark says; no guessing, for a wrong guess misreads names."""
    mark, encoding = next(((m, e) for m, e in _MARKS if content.startswith(m)), (b"", "utf-8"))
    body = content[len(mark) :]
    if encoding == "utf-8" and (zero := body.find(b"\0")) >= 0:
        raise InputError(
            f"not a text file: byte {zero + len(mark)} is zero",
            path=shown,
            advice="Name SQL files, or the directory that holds them.",
        )
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        before = body[: error.start]
        raise InputError(
            f"not {encoding.upper()}: byte {error.start + len(mark)} cannot be decoded",
            path=shown,
            line=before.count(b"\n") + 1 if encoding == "utf-8" else 0,
            column=len(before[before.rfind(b"\n") + 1 :].decode(errors="replace")) + 1,
            advice=f"If it is Latin-1: iconv -f LATIN1 -t UTF-8 {shown} > converted.sql",
        ) from None
