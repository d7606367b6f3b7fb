"""Every state of the page in both languages, on a desk and on a phone, passes axe-core."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Visitor
from tests.e2e.photos import photograph

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "color_scheme": "dark",
}


def violations(visitor: Visitor) -> list[str]:
    """What axe-core finds wrong, with the first element of each kind."""
    if not visitor.page.evaluate("'axe' in window"):
        visitor.page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = visitor.page.evaluate(
        "() => axe.run().then(({ violations }) => violations.map((one) => `${one.id}: ${one.nodes[0].html}`))"
    )
    return found


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: run  npm ci  in web/")
@pytest.mark.parametrize(("language", "device"), [("en", DESK), ("id", PHONE)], ids=["en-desk", "id-phone"])
def test_no_state_violates_what_axe_checks(
    visit: Callable[..., Visitor], demo: Path, tmp_path: Path, language: str, device: dict[str, Any]
) -> None:
    visitor = visit(permissions=["camera"], **device)
    page, found = visitor.page, {}
    visitor.open(f"?lang={language}")
    found["empty"] = violations(visitor)
    visitor.offer(demo / "photos" / "test" / "brick" / "brick (49).jpg")
    found["named"] = violations(visitor)
    page.click("#heat")
    page.wait_for_selector("#photo-heat[data-state=shown]")
    found["heat"] = violations(visitor)
    photograph("astronaut.png").save(tmp_path / "astronaut.png")
    visitor.offer(tmp_path / "astronaut.png", ("broken.jpg", b"no image"))
    found["list"] = violations(visitor)
    for line in page.locator("#list > li").all()[1:]:
        line.locator("button, a").first.click()
        found[f"chosen {line.get_attribute('data-name')}"] = violations(visitor)
    page.evaluate("document.querySelector('#learn').open = true")
    found["learn"] = violations(visitor)
    page.click("#about-open")
    found["about"] = violations(visitor)
    page.keyboard.press("Escape")
    page.click("#camera-open")
    page.wait_for_selector("#camera[data-state=live]")
    found["camera"] = violations(visitor)
    assert {state: wrong for state, wrong in found.items() if wrong} == {}
    width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1], "the page is wider than the screen"
