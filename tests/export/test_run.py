"""`export`: what is written, what never ships, what is refused, and what rounding is said to cost."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper
from typer.testing import CliRunner

from kenali.bundle.manifest import Golden, Manifest
from kenali.bundle.store import open_bundle, seal, writable_bundle
from kenali.cli import app
from kenali.errors import KenaliError
from kenali.export import export
from kenali.export.run import prepared
from kenali.files import sha256_of, write_atomically
from kenali.network import Network
from kenali.photos.listing import csv_text
from tests.export.graph_models import Job, require_tfjs, run_all
from tests.export.small import photo, seen, write_small_bundle
from tests.tiny import CLASS_NAMES, PREPROCESSING, tiny_model, write_tiny_bundle

NAMES = ("red", "green", "blue")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_bundle(tmp_path_factory.mktemp("small") / "bundle", NAMES, 6)


def test_a_graph_model_is_what_any_program_can_load(bundle: Path, tmp_path: Path) -> None:
    done = export(bundle, "tfjs", tmp_path / "out", certificate=False)
    assert done.files == ("kenali.json", "model.json", "weights.bin")
    assert done.bytes == sum(file.stat().st_size for file in (tmp_path / "out").iterdir())
    assert done.rounding is None
    model = json.loads((tmp_path / "out" / "model.json").read_text())
    assert model["format"] == "graph-model"
    (group,) = model["weightsManifest"]
    size = sum(int(np.prod(weight["shape"])) * 4 for weight in group["weights"])
    assert group["paths"] == ["weights.bin"]
    assert (tmp_path / "out" / "weights.bin").stat().st_size == size


def test_the_manifest_tells_how_to_read_the_graph(bundle: Path, tmp_path: Path) -> None:
    export(bundle, "tfjs", tmp_path / "out", precision="float16", certificate=False)
    manifest = json.loads((tmp_path / "out" / "kenali.json").read_text())
    theirs = json.loads((bundle / "kenali.json").read_text())
    for key in ("class_names", "preprocessing", "calibration", "thresholds", "sets"):
        assert manifest[key] == theirs[key]
    assert "provenance" not in manifest
    assert "files" not in manifest
    assert manifest["precision"] == "float16"
    assert manifest["outputs"] == ["logits", "maps", "novelty", "features", "feature_map"]
    assert manifest["bundle_sha256"] == sha256_of(bundle / "kenali.json")
    assert manifest["weights_sha256"] == sha256_of(tmp_path / "out" / "weights.bin")
    weights = json.loads((tmp_path / "out" / "model.json").read_text())["weightsManifest"][0]["weights"]
    shapes = {weight["name"]: weight["shape"] for weight in weights}
    head = manifest["head"]
    assert shapes[head["weight"]] == [40, 3]
    assert shapes[head["bias"]] == [3]
    assert shapes[head["prototypes"]][0] == 40


def test_tensorflow_js_answers_as_the_bundle_does(bundle: Path, tmp_path: Path) -> None:
    require_tfjs()
    export(bundle, "tfjs", tmp_path / "out", certificate=False)
    pixels = np.stack([seen(photo(name, 99)) for name in NAMES])
    (found,) = run_all([Job(tmp_path / "out", pixels.astype(np.float32), ("logits", "novelty"))], tmp_path)
    expected = Network(bundle / "model.onnx")(pixels)
    np.testing.assert_allclose(found["logits"], expected["logits"], atol=1e-4)
    np.testing.assert_allclose(found["novelty"], expected["novelty"], atol=1e-5)


def test_the_owners_photos_measure_what_rounding_costs(bundle: Path, tmp_path: Path) -> None:
    """Those that the split gives to validation and test, found by content; new ones where it knows none."""
    photos = {(name, seed): photo(name, seed) for name in NAMES for seed in range(50, 54)}
    for (name, seed), data in photos.items():
        write_atomically(tmp_path / "photos" / name / f"{seed}.png", data)
    done = export(bundle, "tfjs", tmp_path / "out", precision="float16", photos=tmp_path / "photos", certificate=False)
    golden = json.loads((bundle / "kenali.json").read_text())["golden"]["count"]
    assert done.rounding is not None
    assert (done.rounding.n, done.rounding.labelled) == (golden + 12, 12)
    assert 0 < done.rounding.mean_abs_diff <= done.rounding.max_abs_diff < 1e-2
    assert done.rounding.accuracy == done.rounding.accuracy_before


def test_photos_that_it_learned_from_measure_nothing(tmp_path: Path) -> None:
    bundle = split_bundle(tmp_path)
    done = export(bundle, "tfjs", tmp_path / "out", precision="float16", photos=tmp_path / "photos", certificate=False)
    assert done.rounding is not None
    assert (done.rounding.n, done.rounding.labelled) == (2 + 1, 1)
    for file in (tmp_path / "photos").rglob("green.png"):
        file.unlink()
    with pytest.raises(KenaliError, match="nothing can be measured on it"):
        export(bundle, "tfjs", tmp_path / "out", precision="float16", photos=tmp_path / "photos", certificate=False)


def split_bundle(folder: Path) -> Path:
    """A tiny bundle that learned from red and is to be judged on green; the photos lie in `folder/photos`."""
    rows = []
    for name, part in (("red", "train"), ("green", "test")):
        file = folder / "photos" / name / f"{name}.png"
        write_atomically(file, photo(name, 0))
        rows.append((f"{name}/{name}.png", name, name, part, sha256_of(file)))
    path = write_tiny_bundle(folder / "bundle")
    manifest = open_bundle(path).manifest
    write_atomically(path / "split.csv", csv_text(("path", "label", "group", "split", "sha256"), rows))
    (path / "kenali.json").unlink()
    seal(path, manifest)
    return path


def test_an_onnx_copy_is_the_same_file(bundle: Path, tmp_path: Path) -> None:
    done = export(bundle, "onnx", tmp_path / "out")
    assert (tmp_path / "out" / "model.onnx").read_bytes() == (bundle / "model.onnx").read_bytes()
    assert done.parity is not None
    assert done.parity["passed"]
    assert done.parity["max_abs_diff"] < 1e-6


def test_eight_bit_onnx_is_smaller_and_says_what_it_costs(bundle: Path, tmp_path: Path) -> None:
    done = export(bundle, "onnx", tmp_path / "out", precision="int8", certificate=False)
    operators = {node.op_type for node in onnx.load(tmp_path / "out" / "model.onnx").graph.node}
    assert "DequantizeLinear" in operators
    assert done.rounding is not None
    assert done.rounding.max_abs_diff < 0.2


def test_another_operator_set(bundle: Path, tmp_path: Path) -> None:
    export(bundle, "onnx", tmp_path / "out", opset=20)
    assert onnx.load(tmp_path / "out" / "model.onnx").opset_import[0].version == 20
    with pytest.raises(KenaliError, match="cannot be written in operator set 7"):
        export(bundle, "onnx", tmp_path / "old", opset=7)
    assert not (tmp_path / "old").exists()
    with pytest.raises(KenaliError, match="only an export to onnx"):
        export(bundle, "tfjs", tmp_path / "old", opset=20)


def test_only_an_earlier_export_is_replaced(bundle: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(bundle, "tfjs", out, certificate=False)
    export(bundle, "onnx", out, certificate=False)
    assert sorted(file.name for file in out.iterdir()) == ["kenali.json", "model.onnx"]
    before = sha256_of(bundle / "kenali.json")
    with pytest.raises(KenaliError, match="exists and is no export"):
        export(bundle, "tfjs", bundle, certificate=False)
    assert sha256_of(bundle / "kenali.json") == before
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(KenaliError, match="nothing was changed"):
        export(bundle, "tfjs", tmp_path / "mine", certificate=False)


def test_a_precision_that_a_target_has_not_is_refused(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(KenaliError, match="an export to tfjs has no int8 weights; choose one of float16, float32"):
        export(bundle, "tfjs", tmp_path / "out", precision="int8")


def test_an_operator_without_converter_leaves_nothing_behind(tmp_path: Path) -> None:
    model = onnx.load_model_from_string(tiny_model())
    model.graph.node[0].output[0] = "before"
    model.graph.node.insert(1, helper.make_node("Sin", ["before"], ["map"]))
    with writable_bundle(tmp_path / "odd") as folder:
        (folder / "model.onnx").write_bytes(model.SerializeToString())
        seal(folder, Manifest(name="odd", class_names=CLASS_NAMES, preprocessing=PREPROCESSING, golden=Golden(count=0)))
    with pytest.raises(KenaliError, match="no converter for the ONNX operator Sin"):
        export(tmp_path / "odd", "tfjs", tmp_path / "out", certificate=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["odd"]


def test_the_page_gets_the_weights_that_were_judged(bundle: Path) -> None:
    exportable = prepared(open_bundle(bundle), "float16")
    stored = [name for name, how in exportable.storage.items() if how.encoding == "float16"]
    assert "plain" in stored
    for name in stored:
        values = exportable.graph.constants[name]
        np.testing.assert_array_equal(values, values.astype(np.float16))


def test_the_command_prints_one_document(bundle: Path, tmp_path: Path) -> None:
    arguments = ["export", str(bundle), "--to", "onnx", str(tmp_path / "out"), "--json"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert {"kenali.json", "model.onnx", "parity.json"} <= set(document["files"])
    assert document["bytes"] > 0
    assert document["parity"]["passed"] is True
    again = CliRunner().invoke(app, ["export", "--verify", str(tmp_path / "out"), str(bundle), "--json"])
    assert json.loads(again.stdout)["passed"] is True
    reversed_order = CliRunner().invoke(app, ["export", str(bundle), str(tmp_path / "out"), "--verify"])
    assert reversed_order.stdout.startswith("The same model")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "say what for"),
        (("--to", "keras"), "'keras' is not one of tfjs, web, onnx"),
        (("--to", "tfjs", "--precision", "int4"), "'int4' is not one of"),
        (("--to", "onnx", "--int8", "--precision", "float32"), "contradicts --int8"),
    ],
)
def test_wrong_usage_exits_with_2(arguments: tuple[str, ...], sentence: str, bundle: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["export", str(bundle), str(tmp_path / "out"), *arguments])
    assert done.exit_code == 2
    assert sentence in " ".join(done.output.replace("│", " ").split())
