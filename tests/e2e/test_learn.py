"""Learning in the page: a new class from a few photos, and a bundle that Python accepts."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

from kenali.predict import Classifier
from tests.e2e.conftest import Visitor
from tests.e2e.photos import patches


def test_a_class_is_learned_tried_saved_and_predicted_by_python(
    visit: Callable[..., Visitor], demo: Path, tmp_path: Path
) -> None:
    coins = patches("coins.png")
    shown, kept_back = coins[:-6], coins[-6:]
    visitor = visit()
    visitor.open()
    page = visitor.page
    page.evaluate("document.querySelector('#learn').open = true")
    page.fill("#learn-class", "coins")
    files = [{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": data} for n, data in enumerate(shown)]
    page.set_input_files("#learn-files", files)
    page.wait_for_selector(f"#learn-classes > li[data-class=coins][data-count='{len(shown)}']", timeout=60_000)
    page.click("#learn-start")
    page.wait_for_selector("#learn-result[data-state=learned]", timeout=60_000)

    lines = visitor.offer(*((f"kept-{n}.jpg", data) for n, data in enumerate(kept_back)))
    assert sum(line["class"] == "coins" for line in lines) >= 5
    brick = visitor.offer(demo / "photos" / "test" / "brick" / "brick (49).jpg")[0]
    assert brick["class"] == "brick"  # nothing old was forgotten

    with page.expect_download() as saved:
        page.click("#learn-save")
    with zipfile.ZipFile(Path(saved.value.path())) as archive:
        archive.extractall(tmp_path / "bundle")
    (folder,) = [path.parent for path in (tmp_path / "bundle").rglob("kenali.json")]
    classifier = Classifier.load(folder)
    assert set(classifier.class_names) == {"brick", "grass", "gravel", "coins"}
    assert classifier.verify() < 1e-3
    best = [ranked[0] for ranked in classifier.predict(kept_back).top_k(1)]
    assert [name for name, _ in best] == [line["class"] for line in lines]
    gaps = [abs(float(line["confidence"]) - value) for line, (_, value) in zip(lines, best, strict=True)]
    assert max(gaps) < 0.02


def test_the_next_visit_remembers_features_and_forgets_on_demand(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.open()
    page = visitor.page
    page.evaluate("document.querySelector('#learn').open = true")
    page.fill("#learn-class", "coins")
    files = [{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": data} for n, data in enumerate(patches("coins.png")[:6])]
    page.set_input_files("#learn-files", files)
    page.wait_for_selector("#learn-classes > li[data-class=coins][data-count='6']", timeout=60_000)

    page.reload()
    visitor.ready()
    page.evaluate("document.querySelector('#learn').open = true")
    page.wait_for_selector("#learn-classes > li[data-class=coins][data-count='6']")
    page.click("#learn-start")
    page.wait_for_selector("#learn-result[data-state=learned]", timeout=60_000)
    page.click("#learn-undo")
    page.wait_for_selector("#learn-result[data-state=none]")
    page.wait_for_selector("#learn-classes > li[data-class=coins][data-count='6']")
