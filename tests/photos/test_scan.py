"""From a source to usable photos: fates, groups, fixed parts, and what is remembered."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageOps

from kenali.errors import KenaliError
from kenali.images import DecodedPhoto
from kenali.photos import Scan, require_trainable, scan, split, summary
from kenali.photos.folder import FolderSource
from tests.conftest import draw_photo, draw_set, encoded, picture


class Memory:
    """A facts store that counts."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], bytes] = {}

    def get(self, kind: str, key: str) -> bytes | None:
        return self.kept.get((kind, key))

    def put(self, kind: str, key: str, value: bytes) -> None:
        self.kept[kind, key] = value


def save(path: Path, image: Image.Image, quality: int = 95) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(image, quality=quality))


def fates(scanned: Scan) -> dict[str, tuple[str, str]]:
    return {row.path: (row.fate, row.reason) for row in scanned.ledger.rows}


def kinds(scanned: Scan) -> set[str]:
    return {warning.kind for warning in scanned.ledger.warnings}


def test_a_plain_set_is_used_whole(tmp_path: Path) -> None:
    scanned = scan(draw_set(tmp_path / "photos", {"cat": 12, "dog": 11}))
    assert scanned.photoset.counts == {"cat": 12, "dog": 11}
    assert len({photo.group for photo in scanned.photoset.photos}) == 23
    assert scanned.ledger.warnings == ()
    assert summary(scanned.ledger) == ["23 files: 23 used, 0 duplicate, 0 quarantined"]
    require_trainable(scanned)


def test_of_a_chain_of_copies_the_largest_is_kept_and_named(tmp_path: Path) -> None:
    image = picture(1, (400, 600))
    for name, side in (("a", 150), ("b", 600), ("c", 300)):
        save(tmp_path / "cat" / f"{name}.jpg", image.resize((side, side * 2 // 3)))
    scanned = scan(tmp_path)
    assert fates(scanned) == {
        "cat/a.jpg": ("duplicate", "near-copy"),
        "cat/b.jpg": ("used", ""),
        "cat/c.jpg": ("duplicate", "near-copy"),
    }
    assert all("cat/b.jpg" in row.detail for row in scanned.ledger.rows if row.fate == "duplicate")
    assert any("duplicate, near-copy: cat/a.jpg" in line for line in summary(scanned.ledger))


def test_copies_in_two_classes_are_a_label_conflict(tmp_path: Path) -> None:
    folder = draw_set(tmp_path / "photos", {"cat": 3, "dog": 3})
    (folder / "dog" / "copy.jpg").write_bytes((folder / "cat" / "001.jpg").read_bytes())
    save(folder / "dog" / "again.jpg", picture(10_002).resize((48, 48)))
    scanned = scan(folder)
    (conflict,) = (warning for warning in scanned.ledger.warnings if warning.kind == "label-conflict")
    assert conflict.evidence == ("cat/001.jpg = dog/copy.jpg", "cat/002.jpg = dog/again.jpg")
    assert fates(scanned)["dog/copy.jpg"] == ("duplicate", "exact-copy")
    assert fates(scanned)["dog/again.jpg"] == ("duplicate", "near-copy")


@pytest.mark.parametrize("pattern", [r"(patient\d+)", r"patient\d+"])
def test_group_by_joins_photos_by_their_path(tmp_path: Path, pattern: str) -> None:
    for seed, name in enumerate(["patient1-a", "patient1-b", "patient2-a", "other"]):
        draw_photo(tmp_path / "sick" / f"{name}.jpg", seed)
    draw_photo(tmp_path / "well" / "patient2-b.jpg", 9)
    groups = {photo.path: photo.group for photo in scan(tmp_path, group_by=pattern).photoset.photos}
    assert groups["sick/patient1-a.jpg"] == groups["sick/patient1-b.jpg"]
    assert groups["sick/patient2-a.jpg"] == groups["well/patient2-b.jpg"]
    assert len(set(groups.values())) == 3


def test_a_copy_joins_the_groups_of_both_its_places(tmp_path: Path) -> None:
    for seed, name in enumerate(["p1-a", "p1-b", "p2-a"]):
        draw_photo(tmp_path / "cat" / f"{name}.jpg", seed)
    draw_photo(tmp_path / "cat" / "p2-copy.jpg", 0)
    groups = {photo.group for photo in scan(tmp_path, group_by=r"p\d").photoset.photos}
    assert len(groups) == 1


def test_a_group_pattern_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KenaliError, match="no regular expression"):
        scan(tmp_path, group_by="(")


def fixed_set(folder: Path) -> Path:
    for seed, path in enumerate(
        f"{part}/{name}/{n}.jpg" for part in ("train", "test") for name in ("cat", "dog") for n in range(3)
    ):
        draw_photo(folder / path, seed)
    return folder


def test_what_stands_in_train_and_test_is_kept_in_test(tmp_path: Path) -> None:
    folder = fixed_set(tmp_path)
    save(folder / "train" / "cat" / "copy.jpg", picture(6), quality=75)  # test/cat/0.jpg, byte by byte
    save(folder / "train" / "cat" / "large.jpg", picture(7, (300, 300)))
    save(folder / "train" / "cat" / "mirrored.jpg", ImageOps.mirror(picture(8)))
    scanned = scan(folder)
    found = fates(scanned)
    assert found["train/cat/copy.jpg"][0] == "duplicate"
    assert found["train/cat/large.jpg"] == ("duplicate", "near-copy")
    assert found["train/cat/mirrored.jpg"] == ("duplicate", "leak")
    assert all(found[f"test/cat/{n}.jpg"][0] == "used" for n in range(3))
    parts = split(scanned.photoset)
    assert (len(parts.train), len(parts.test)) == (6, 6)
    assert "label-conflict" not in kinds(scanned)


def test_a_declared_group_over_fixed_parts_is_kept_in_test(tmp_path: Path) -> None:
    scanned = scan(fixed_set(tmp_path), group_by=r"/(0)\.jpg")
    assert {path for path, fate in fates(scanned).items() if fate == ("duplicate", "leak")} == {
        "train/cat/0.jpg",
        "train/dog/0.jpg",
    }
    assert "label-conflict" not in kinds(scanned)


def test_a_class_that_fixed_parts_leave_out_is_told(tmp_path: Path) -> None:
    folder = fixed_set(tmp_path)
    draw_photo(folder / "train" / "owl" / "a.jpg", 50)
    draw_photo(folder / "test" / "elk" / "a.jpg", 51)
    scanned = scan(folder)
    told = {warning.kind: warning.evidence for warning in scanned.ledger.warnings}
    assert told["not-in-train"] == ("elk",)
    assert told["not-in-test"] == ("owl",)
    with pytest.raises(KenaliError, match="'elk' has no usable photo to train on"):
        require_trainable(scanned)


def test_without_a_photo_the_reasons_are_told(tmp_path: Path) -> None:
    with pytest.raises(KenaliError, match="the folder is empty"):
        require_trainable(scan(tmp_path))
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "a.jpg").write_bytes(b"")
    with pytest.raises(KenaliError, match="1 empty-file"):
        require_trainable(scan(tmp_path))


def test_one_class_or_one_photo_cannot_be_learned(tmp_path: Path) -> None:
    folder = draw_set(tmp_path / "photos", {"cat": 3})
    with pytest.raises(KenaliError, match="only one class, 'cat'"):
        require_trainable(scan(folder))
    draw_photo(folder / "dog" / "a.jpg", 99)
    with pytest.raises(KenaliError, match="'dog' has 1 usable photo to train on"):
        require_trainable(scan(folder))


def test_new_photos_are_handed_on_once_and_known_ones_not_at_all(tmp_path: Path) -> None:
    folder = draw_set(tmp_path / "photos", {"cat": 3, "dog": 2})
    (folder / "dog" / "broken.jpg").write_bytes(b"\xff\xd8")
    memory, seen = Memory(), list[str]()

    def note(sha256: str, decoded: DecodedPhoto) -> None:
        assert decoded.image.mode == "RGB"
        seen.append(sha256)

    first = scan(folder, facts_store=memory, on_decoded=note)
    assert sorted(seen) == sorted(photo.sha256 for photo in first.photoset.photos)
    draw_photo(folder / "dog" / "new.jpg", 99)
    scan(folder, facts_store=memory, on_decoded=note)
    assert len(seen) == 6


def test_damaged_facts_are_measured_again(tmp_path: Path) -> None:
    folder = draw_set(tmp_path / "photos", {"cat": 3})
    memory = Memory()
    first = scan(folder, facts_store=memory)
    memory.kept = {key: value[:50] for key, value in memory.kept.items()}
    assert scan(folder, facts_store=memory).ledger == first.ledger
    assert all(len(value) > 50 for value in memory.kept.values())


def test_progress_counts_every_file(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    scan(draw_set(tmp_path / "photos", {"cat": 3}), progress=lambda done, total: steps.append((done, total)))
    assert steps == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("workers", [1, 3])
def test_ctrl_c_in_a_worker_stops_the_scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int) -> None:
    def stop(source: FolderSource, path: str) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(FolderSource, "read", stop)
    with pytest.raises(KeyboardInterrupt):
        scan(draw_set(tmp_path / "photos", {"cat": 3}), workers=workers)


def test_a_photo_too_large_for_memory_is_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def starve(source: FolderSource, path: str) -> bytes:
        raise MemoryError

    monkeypatch.setattr(FolderSource, "read", starve)
    assert set(fates(scan(draw_set(tmp_path / "photos", {"cat": 2}))).values()) == {("quarantined", "too-large")}


@pytest.mark.parametrize("name", ["minerals", "tyres", "xray"])
def test_real_sets_are_used_nearly_whole(shared_data: Path, name: str) -> None:
    scanned = scan(shared_data / name)
    assert scanned.ledger.count("quarantined") == 0
    assert scanned.ledger.count("used") >= 0.98 * len(scanned.ledger.rows)
    require_trainable(scanned)
