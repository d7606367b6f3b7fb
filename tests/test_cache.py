"""The cache remembers, serves several threads and processes, and never stops the work."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kenali.cache import Cache, cache_folder


def test_values_outlive_the_process(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        cache.put_many("kind", {"a": b"1", "b": b"2"})
        cache.put("other", "a", b"3")
    with Cache(tmp_path) as cache:
        assert cache.get("kind", "a") == b"1"
        assert cache.get_many("kind", ["a", "b", "c"]) == {"a": b"1", "b": b"2"}
        assert cache.get("kind", "c") is None


def test_many_keys_at_once(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        values = {str(n): bytes([n % 256]) for n in range(3000)}
        cache.put_many("kind", values)
        assert cache.get_many("kind", values) == values


def test_threads_share_one_cache(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache, ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: cache.put("kind", str(n), b"x"), range(200)))
        assert len(cache.get_many("kind", [str(n) for n in range(200)])) == 200


def test_processes_share_one_file(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from kenali.cache import Cache\n"
        "with Cache(Path(sys.argv[1])) as cache:\n"
        "    for n in range(100): cache.put('kind', sys.argv[2] + str(n), b'x' * 5000)\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path), name]) for name in "abc"]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    with Cache(tmp_path) as cache:
        assert len(cache.get_many("kind", [f"{name}{n}" for name in "abc" for n in range(100)])) == 300


def test_a_damaged_file_costs_only_the_memory(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "photos.sqlite").write_bytes(b"no database at all, " * 100)
    with Cache(tmp_path) as cache:
        cache.put("kind", "a", b"1")
        assert cache.get("kind", "a") is None
    assert "no cache" in caplog.text


def test_an_unusable_folder_costs_only_the_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with Cache(tmp_path / "file" / "cache") as cache:
        assert cache.get("kind", "a") is None


def test_the_folder_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KENALI_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    for platform in ("linux", "darwin", "win32"):
        monkeypatch.delenv("KENALI_CACHE", raising=False)
        monkeypatch.setattr(sys, "platform", platform)
        assert cache_folder().name == "kenali"
