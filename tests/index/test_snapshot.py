from __future__ import annotations

from pathlib import Path

import pytest

from embeddings.snapshot import DamagedSnapshot, read_manifest, write_manifest


def test_a_manifest_gives_back_the_facts_and_the_files(tmp_path: Path) -> None:
    (tmp_path / "b.bin").write_bytes(b"2")
    (tmp_path / "a.bin").write_bytes(b"")
    write_manifest(tmp_path, "kind-1", {"dimension": 3, "名": "值"})
    assert read_manifest(tmp_path, "kind-1") == ({"dimension": 3, "名": "值"}, ["a.bin", "b.bin"])


@pytest.mark.parametrize("manifest", ["", "[]", "{}", '{"kind": "kind-1"}', "\x00"])
def test_a_broken_manifest_is_a_damaged_snapshot(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(DamagedSnapshot, match="no readable"):
        read_manifest(tmp_path, "kind-1")


def test_another_kind_and_a_missing_folder_are_damaged_snapshots(tmp_path: Path) -> None:
    write_manifest(tmp_path, "kind-2", {})
    with pytest.raises(DamagedSnapshot, match="'kind-2', expected 'kind-1'"):
        read_manifest(tmp_path, "kind-1")
    with pytest.raises(DamagedSnapshot):
        read_manifest(tmp_path / "nowhere", "kind-1")
