"""Evidence files: whole or not at all, and never another tenant's."""

from pathlib import Path
from uuid import UUID

import pytest

from lti_tool.files import EvidenceFiles, FileMissing

TENANT, OTHER = UUID(int=1), UUID(int=2)


def test_bytes_come_back_as_they_went(tmp_path: Path) -> None:
    files = EvidenceFiles(tmp_path / "files")
    content = bytes(range(256)) * 10
    stored = files.put(TENANT, content)
    assert stored.size == 2560
    with files.open(TENANT, stored.storage_key) as found:
        assert found.read() == content
    assert stored.sha256 not in stored.storage_key


def test_another_tenant_has_no_such_file(tmp_path: Path) -> None:
    files = EvidenceFiles(tmp_path)
    stored = files.put(TENANT, b"mine")
    with pytest.raises(FileMissing):
        files.open(OTHER, stored.storage_key)


@pytest.mark.parametrize(
    "key",
    ["", "/", "../secret", f"{TENANT.hex}/../../secret", f"{TENANT.hex}/", f"{TENANT.hex}/none"],
)
def test_no_key_leads_out_of_the_folder(tmp_path: Path, key: str) -> None:
    (tmp_path / "secret").write_text("outside")
    files = EvidenceFiles(tmp_path / "files")
    files.put(TENANT, b"x")
    with pytest.raises(FileMissing):
        files.open(TENANT, key)


def test_a_failed_write_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = EvidenceFiles(tmp_path)
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        files.put(TENANT, b"x" * 10)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
