"""Models come, change and go while requests run; what is broken changes nothing and is told."""

from __future__ import annotations

import asyncio
import gc
import json
import random
import shutil
import time
import weakref
import zipfile
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kenali.bundle.store import writable_bundle
from kenali.errors import BundleError, KenaliError
from kenali.serve.model import ServedModel
from kenali.serve.registry import Registry
from kenali.serve.roster import STALE_S, Roster
from kenali.serve.settings import BundleSpec, Settings, Split
from tests.tiny import coloured, write_tiny_bundle

Body = Callable[..., Awaitable[None]]
POLL_S = 0.02


def settings_of(folder: Path, *names: str, splits: tuple[Split, ...] = ()) -> Settings:
    """Settings for a bundle at `folder/NAME` for each name; written where there is none."""
    for name in names:
        if not (folder / name).exists():
            write_tiny_bundle(folder / name)
    specs = tuple(BundleSpec(name, folder / name) for name in names)
    return Settings(bundles=specs, splits=splits, state=folder / "state", run=folder / "run", decoders=1, queue=64)


def with_registries(body: Body, *several: Settings) -> None:
    """Run `body` with a started registry for each settings, as many workers would have; close them."""

    async def main() -> None:
        registries = [Registry(settings, poll_s=POLL_S) for settings in several]
        for number, registry in enumerate(registries):  # in truth each is a process of its own
            assert isinstance(registry._roster, Roster)
            registry._roster._own = registry._roster._own.with_name(f"{number}.json")
        try:
            for registry in registries:
                await registry.start()
            await asyncio.wait_for(body(*registries), 60)
        finally:
            for registry in registries:
                await registry.close()
                assert registry.engine.crew.pids == ()

    asyncio.run(main())


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(POLL_S)


def rewritten(path: Path, *, doubting: bool = True) -> None:
    """Another version of the bundle at `path`, put there as `kenali train` does."""
    fresh = write_tiny_bundle(path.with_name(f"{path.name}-fresh"), doubting=doubting, golden=3)
    with writable_bundle(path) as folder:
        shutil.copytree(fresh, folder, dirs_exist_ok=True)
    shutil.rmtree(fresh)


def zipped(folder: Path, name: str, *, doubting: bool = True) -> Path:
    bundle = write_tiny_bundle(folder / name, doubting=doubting)
    with zipfile.ZipFile(folder / f"{name}.zip", "w") as archive:
        for file in bundle.rglob("*"):
            archive.write(file, file.relative_to(bundle))
    return folder / f"{name}.zip"


def test_a_photo_is_let_go_with_its_answer(tmp_path: Path) -> None:
    """Without the garbage collector, which a server under load seldom runs."""

    async def body(registry: Registry) -> None:
        model = registry.get("colours")
        pixels = []
        for _ in range(3):
            (answered,) = await model.predict([("a", coloured("red"))])
            assert answered.decoded is not None
            pixels.append(weakref.ref(answered.decoded.pixels))
            del answered
        await until(lambda: sum(ref() is not None for ref in pixels) <= 1)  # a thread may still hold its last

    gc.disable()
    try:
        with_registries(body, settings_of(tmp_path, "colours"))
    finally:
        gc.enable()


def test_photos_in_predictions_out(tmp_path: Path) -> None:
    async def body(registry: Registry) -> None:
        model = registry.get("colours")
        photos = [("a", coloured("red")), ("b", b"text"), ("c", coloured("blue")), ("d", coloured("gray"))]
        first, bad, second, grey = await model.predict(photos)
        assert [first.photo, bad.photo, second.photo] == ["a", "b", "c"]
        assert first.outcome.probs is not None
        assert first.outcome.probs.argmax() == 0
        assert first.decoded is not None
        assert first.decoded.size_px == (50, 60)
        assert first.outcome.reason is None
        assert grey.outcome.reason == "novel"
        assert bad.error is not None
        assert (bad.error.reason, bad.outcome.error) == ("not-an-image", "the file is not an image")
        (sure,) = await model.predict([("d", coloured("gray"))], reject=0)
        assert sure.outcome.reason is None
        with pytest.raises(KenaliError, match="rate of 3%"):
            await model.predict(photos, reject=0.03)
        assert registry.queue_length == 0
        assert registry.throughput > 0

    write_tiny_bundle(tmp_path / "colours", doubting=True)
    with_registries(body, settings_of(tmp_path, "colours"))


def test_photos_that_are_answered_together_keep_their_own_answers(tmp_path: Path) -> None:
    async def body(registry: Registry) -> None:
        model = registry.get("colours")
        colours = ("red", "lime", "blue") * 10
        singles = [model.predict([(colour, coloured(colour))], reject=0) for colour in colours[:6]]
        together, *apart = await asyncio.gather(model.predict([(colour, coloured(colour)) for colour in colours]), *singles)
        assert max(prediction.timing.batch for prediction in together) > 1
        for prediction in (*together, *(one for (one,) in apart)):
            assert prediction.outcome.probs is not None
            assert prediction.photo == ("red", "lime", "blue")[int(prediction.outcome.probs.argmax())]

    write_tiny_bundle(tmp_path / "colours", doubting=True)
    with_registries(body, replace(settings_of(tmp_path, "colours"), max_batch=4, max_wait_ms=50.0))


@pytest.mark.parametrize("maps", [True, False])
def test_explanations_are_pictures_of_the_photo(tmp_path: Path, maps: bool) -> None:
    async def body(registry: Registry) -> None:
        (prediction,) = await registry.get("colours").predict([("a", coloured("red", (90, 60)))], explain=True)
        assert prediction.explanation is not None
        assert prediction.explanation.startswith(b"\x89PNG")

    write_tiny_bundle(tmp_path / "colours", maps=maps)
    with_registries(body, settings_of(tmp_path, "colours"))


def test_a_bundle_that_changes_on_disk_is_loaded_and_a_broken_one_is_told(tmp_path: Path) -> None:
    async def body(registry: Registry) -> None:
        first = registry.get("colours")
        assert registry.ready
        rewritten(tmp_path / "colours")
        await until(lambda: registry.get("colours") is not first)
        second = registry.get("colours")
        assert second.bundle_id != first.bundle_id
        assert second.manifest.sets is not None
        (tmp_path / "colours" / "model.onnx").write_bytes(b"broken")
        await until(lambda: "colours" in registry.problems)
        assert "checksum" in registry.problems["colours"]
        assert str(tmp_path) not in registry.problems["colours"]
        assert registry.get("colours") is second
        shutil.rmtree(tmp_path / "colours")
        await until(lambda: "no bundle" in registry.problems["colours"])
        assert registry.get("colours") is second
        rewritten(tmp_path / "colours", doubting=False)
        await until(lambda: "colours" not in registry.problems)
        assert registry.get("colours").bundle_id != second.bundle_id

    with_registries(body, settings_of(tmp_path, "colours"))


def test_a_worker_that_starts_anew_finds_the_last_good_version(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "colours")

    async def first(registry: Registry) -> None:
        (tmp_path / "colours" / "model.onnx").write_bytes(b"broken")
        await until(lambda: "colours" in registry.problems)

    async def second(registry: Registry) -> None:
        assert registry.names() == ("colours",)
        assert "checksum" in registry.problems["colours"]
        (prediction,) = await registry.get("colours").predict([("a", coloured("red"))])
        assert prediction.error is None

    with_registries(first, settings)
    with_registries(second, settings)
    with pytest.raises(BundleError, match="checksum"):
        with_registries(second, replace(settings, run=tmp_path / "another run"))


def test_replacing_under_load_fails_no_request(tmp_path: Path) -> None:
    async def body(registry: Registry) -> None:
        versions: Counter[str] = Counter()
        stop = asyncio.Event()

        async def client() -> None:
            while not stop.is_set():
                model = registry.choose("colours")
                (prediction,) = await model.predict([("a", coloured("red"))])
                assert prediction.outcome.probs is not None
                assert prediction.outcome.probs.argmax() == 0
                versions[model.bundle_id] += 1

        clients = [asyncio.create_task(client()) for _ in range(4)]
        for turn in range(4):
            before = registry.get("colours").bundle_id
            rewritten(tmp_path / "colours", doubting=turn % 2 == 0)
            await until(lambda before=before: registry.get("colours").bundle_id != before)  # type: ignore[misc]
        stop.set()
        await asyncio.gather(*clients)
        assert len(versions) >= 2
        assert not registry.problems

    with_registries(body, settings_of(tmp_path, "colours"))


def test_sent_bundles_reach_every_worker_and_survive_a_restart(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "colours")

    async def body(one: Registry, two: Registry) -> None:
        installed = await one.install("sent", zipped(tmp_path, "better"))
        assert two.get("sent").bundle_id == installed.bundle_id
        replaced = await two.install("colours", zipped(tmp_path, "best", doubting=True))
        assert one.get("colours").bundle_id == replaced.bundle_id
        assert one.get("colours").manifest.name == "best"
        with pytest.raises(KenaliError, match="something else"):
            await one.install("Sent", tmp_path / "best.zip")
        with pytest.raises(KenaliError, match="cannot name a model"):
            await one.install("../x", tmp_path / "best.zip")

    async def again(registry: Registry) -> None:
        assert registry.names() == ("colours", "sent")
        assert registry.get("colours").manifest.name == "best"
        await registry.remove("sent")
        await registry.remove("colours")
        assert registry.names() == ()
        with pytest.raises(KeyError, match="no model 'sent'"):
            await registry.remove("sent")

    async def in_the_end(registry: Registry) -> None:
        assert registry.names() == ("colours",)
        assert registry.get("colours").manifest.name == "colours"

    with_registries(body, settings, settings)
    with_registries(again, replace(settings, run=tmp_path / "second"))
    with_registries(in_the_end, replace(settings, run=tmp_path / "third"))
    assert not list((tmp_path / "state" / "bundles").iterdir())


def test_a_broken_bundle_that_is_sent_changes_nothing(tmp_path: Path) -> None:
    async def body(registry: Registry) -> None:
        before = registry.get("colours")
        bad = tmp_path / "bad.zip"
        bad.write_bytes(b"no ZIP")
        with pytest.raises(BundleError, match=r"^the file is no readable ZIP"):
            await registry.install("colours", bad)
        lying = write_tiny_bundle(tmp_path / "lying")
        golden = json.loads((lying / "golden" / "golden.json").read_text())
        golden[0]["logits"] = [9, -9, 0]
        text = json.dumps(golden)
        (lying / "golden" / "golden.json").write_text(text)
        reseal(lying)
        with zipfile.ZipFile(bad, "w") as archive:
            for file in lying.rglob("*"):
                archive.write(file, file.relative_to(lying))
        with pytest.raises(BundleError, match="golden photos the answers it promises"):
            await registry.install("colours", bad)
        assert registry.get("colours") is before
        assert not list((tmp_path / "state" / "bundles" / "colours").iterdir())

    with_registries(body, settings_of(tmp_path, "colours"))


def reseal(bundle: Path) -> None:
    from kenali.bundle.store import read_manifest, seal

    manifest = read_manifest(bundle)
    (bundle / "kenali.json").unlink()
    seal(bundle, manifest)


def test_a_split_gives_each_model_its_share(tmp_path: Path) -> None:
    split = Split("ab", (("a", 0.8), ("b", 0.2)))

    async def body(registry: Registry) -> None:
        random.seed(1)
        drawn = Counter(registry.choose("ab").name for _ in range(2000))
        assert drawn["b"] / 2000 == pytest.approx(0.2, abs=0.04)
        sticky = {unit: registry.choose("ab", unit).name for unit in map(str, range(2000))}
        assert Counter(sticky.values())["b"] / 2000 == pytest.approx(0.2, abs=0.04)
        assert all(registry.choose("ab", unit).name == name for unit, name in sticky.items())
        assert registry.choose("a", "anyone").name == "a"
        with pytest.raises(KeyError, match="Did you mean 'ab'"):
            registry.choose("abc")
        with pytest.raises(KenaliError, match="needs 'b'"):
            await registry.remove("b")
        with pytest.raises(KenaliError, match="something else"):
            await registry.install("ab", tmp_path / "any.zip")

    with_registries(body, settings_of(tmp_path, "a", "b", splits=(split,)))


def test_requests_of_clients_who_left_cost_nothing_more(tmp_path: Path) -> None:
    async def body(registry: Registry) -> None:
        model = registry.get("colours")
        task = asyncio.create_task(model.predict([(str(n), coloured("red", (900, 900))) for n in range(40)]))
        await until(lambda: registry.queue_length == 40)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert registry.queue_length == 0
        assert len(await model.predict([("a", coloured("red"))])) == 1

    with_registries(body, settings_of(tmp_path, "colours"))


def test_a_name_stands_for_one_thing(tmp_path: Path) -> None:
    specs = (BundleSpec("a", tmp_path), BundleSpec("A", tmp_path))
    with pytest.raises(KenaliError, match="two things"):
        Settings(bundles=specs)
    with pytest.raises(KenaliError, match="none of the bundles"):
        Settings(bundles=specs[:1], splits=(Split("s", (("b", 1.0),)),))
    with pytest.raises(KenaliError, match="sum to 1"):
        Split("s", (("a", 0.5), ("b", 0.4)))


def test_a_worker_that_loads_for_long_is_not_taken_for_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kenali.serve.roster.STALE_S", 1.0)
    monkeypatch.setattr("kenali.serve.registry._LIVE_S", 0.05)
    load = Registry._load

    def slowly(self: Registry, name: str, path: Path) -> ServedModel | None:
        time.sleep(2.0)
        return load(self, name, path)

    async def body(registry: Registry) -> None:
        before = registry.get("a").bundle_id
        monkeypatch.setattr(Registry, "_load", slowly)
        rewritten(tmp_path / "a")
        while registry.get("a").bundle_id == before:
            assert registry._roster.living()
            await asyncio.sleep(POLL_S)

    with_registries(body, settings_of(tmp_path, "a"))


def test_workers_that_fall_silent_are_not_waited_for(tmp_path: Path) -> None:
    import os

    roster = Roster(tmp_path)
    roster.report({"a": "1"}, {})
    assert [presence.models for presence in roster.living()] == [{"a": "1"}]
    roster.report({"a": "2"}, {"b": "broken"})
    (presence,) = roster.living()
    assert (presence.models, presence.problems) == ({"a": "2"}, {"b": "broken"})
    (file,) = (tmp_path / "workers").iterdir()
    long_ago = file.stat().st_mtime - STALE_S - 1
    os.utime(file, (long_ago, long_ago))
    assert roster.living() == []
    roster.leave()
    roster.leave()
