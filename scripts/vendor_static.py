"""Fetch the third-party files that pages and tests use, with `npm pack`, and write their manifests.

Touches lti_tool/static/vendor/ (served) and tests/vendor/ (not shipped) only. Run it to take a new
version: change WANTED, run, commit. `tests/lti_tool/pages/test_vendor.py` and
`tests/docs/test_lrs_page.py` compare the committed files with the manifests.
"""

import base64
import hashlib
import json
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
SERVED = ROOT / "lti_tool" / "static" / "vendor"
FOR_TESTS = ROOT / "tests" / "vendor"


@dataclass(frozen=True)
class Wanted:
    """One npm package: which of its files, under which names here."""

    package: str
    version: str
    licence: str
    files: Mapping[str, str]


WANTED = {
    SERVED: Wanted(
        package="bootstrap",
        version="5.3.9",
        licence="MIT",
        files={
            "package/dist/css/bootstrap.min.css": "bootstrap.min.css",
            "package/LICENSE": "bootstrap.LICENSE",
        },
    ),
    FOR_TESTS: Wanted(
        package="@xapi/xapi",
        version="3.0.3",
        licence="MIT",
        files={
            "package/dist/XAPI.umd.js": "XAPI.umd.js",
            "package/LICENSE.md": "XAPI.LICENSE",
        },
    ),
}


def integrity(content: bytes) -> str:
    """The Subresource Integrity value of a file: sha384, base64."""
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


def fetch(package: str, version: str, folder: Path) -> Path:
    """Download one package; the path of its archive."""
    packed = subprocess.run(
        ["npm", "pack", "--silent", f"{package}@{version}"],  # noqa: S607 - npm of the PATH
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return folder / packed.stdout.strip().splitlines()[-1]


def extracted(archive: tarfile.TarFile, source: str) -> bytes:
    """The content of one file. Raises KeyError where the package has no such file."""
    member = archive.extractfile(source)
    if member is None:
        raise KeyError(f"{source} is no file")
    return member.read()


def without_source_map(content: bytes) -> bytes:
    """The file without its last-line pointer to a source map that is not shipped."""
    head, pointer, _ = content.rpartition(b"/*# sourceMappingURL=")
    return head.rstrip() + b"\n" if pointer else content


def write(folder: Path, wanted: Wanted) -> None:
    """Write the files of a package, and the folder's MANIFEST.json."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest = []
    with (
        tempfile.TemporaryDirectory() as name,
        tarfile.open(fetch(wanted.package, wanted.version, Path(name))) as archive,
    ):
        for source, target in wanted.files.items():
            content = without_source_map(extracted(archive, source))
            (folder / target).write_bytes(content)
            manifest.append(
                {
                    "file": target,
                    "package": wanted.package,
                    "version": wanted.version,
                    "licence": wanted.licence,
                    "source": source,
                    "integrity": integrity(content),
                }
            )
    (folder / "MANIFEST.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for each, package in WANTED.items():
        write(each, package)
