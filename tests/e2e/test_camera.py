"""The camera: live answers to a film of brick and grass."""

from __future__ import annotations

from collections.abc import Callable

from tests.e2e.conftest import Visitor


def test_the_live_picture_is_named_and_a_frame_can_be_kept(visit: Callable[..., Visitor]) -> None:
    visitor = visit(permissions=["camera"])
    visitor.open()
    page = visitor.page
    page.click("#camera-open")
    page.wait_for_selector("#camera[data-state=live]")
    for name in ("brick", "grass", "brick"):  # the film goes round
        page.wait_for_function(
            "(name) => { const { label, frames } = document.querySelector('#camera-answer').dataset;"
            " return Number(frames) > 0 && label === name; }",
            arg=name,
        )
    page.wait_for_function("() => Number(document.querySelector('#camera-answer').dataset.frames) >= 5")
    page.click("#camera-take")
    (line,) = visitor.answers(0, 1)
    assert line["class"] in ("brick", "grass")
    page.wait_for_function("() => !document.querySelector('#camera-video').srcObject?.active")


def test_a_refused_camera_is_explained(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.page.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))"
    )
    visitor.open()
    visitor.page.click("#camera-open")
    visitor.page.wait_for_selector("#camera[data-state=failed]")
    assert visitor.page.locator("#camera-problem").inner_text().strip()
