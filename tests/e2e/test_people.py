"""The admin page's people, of a real server and its gallery in a real browser: enrolling, naming, changing, forgetting."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageOps

from kenali.serve.routes.admin import PAGES
from kenali.serve.security.keys import KeyFile
from tests.conftest import astronaut, encoded
from tests.e2e.conftest import Visitor, launched
from tests.e2e.photos import as_jpeg, clip, photograph
from tests.e2e.test_accessible import AXE, DESK, PHONE, violations
from tests.serve.server import Server, serving

pytestmark = pytest.mark.skipif(not (PAGES / "admin.html").is_file(), reason="the page is not built: run  make page")

ENROLLED = {"en-GB": "Eileen Collins: 1 face enrolled.", "id-ID": "Eileen Collins: 1 wajah didaftarkan."}
FORGOTTEN = {"en-GB": "Ms Collins is forgotten.", "id-ID": "Ms Collins sudah dilupakan."}
HOLDS = {"en-GB": "The receipt holds", "id-ID": "Tanda bukti ini benar"}
UNKNOWN = {"en-GB": "Unknown", "id-ID": "Tak dikenal"}
LOOKED_AT = "() => !document.querySelector('[data-state=looking]')"


@pytest.fixture(scope="module")
def desk(chromium: str, face_networks: None, admin_key: str, state: Path) -> Iterator[Server]:
    """A server with a gallery that nobody is in."""
    gallery = ("--faces", state / "people.sqlite", "--faces-key", state / "people.key")
    with serving(state, *gallery, "--no-spare", "--workers", "1") as running:
        yield running


@pytest.fixture(scope="module")
def portrait() -> Image.Image:
    """Eileen Collins, portrayed by NASA (public domain): one face."""
    return Image.open(astronaut()).convert("RGB")


def people_of(visitor: Visitor, key: str) -> Any:
    """The page, logged in, with its list of people."""
    page = visitor.page
    page.goto(f"{visitor.url}/admin")
    page.fill("#key", key)
    page.click("#login .primary")
    page.click("#views [data-view=people]")
    page.wait_for_selector("#people-rows td")
    return page


def go(page: Any, place: str, element: str) -> None:
    page.evaluate("(place) => { location.hash = place; }", place)
    page.wait_for_selector(f"{element}:not([hidden])")


def offer(page: Any, prefix: str, *photos: tuple[str, bytes]) -> None:
    """Choose photos, and wait until the server has looked at them."""
    before = page.locator(f"#{prefix}-photos > li").count()
    files = [{"name": name, "mimeType": "image/jpeg", "buffer": data} for name, data in photos]
    page.set_input_files(f"#{prefix}-files", files)
    page.wait_for_function(
        "([prefix, count]) => document.querySelectorAll(`#${prefix}-photos > li`).length === count",
        arg=[prefix, before + len(photos)],
    )
    page.wait_for_function(LOOKED_AT)


def drop(page: Any, zone: str, name: str, photo: bytes) -> None:
    """Drop a photo as the mouse would."""
    dropped = page.evaluate_handle(
        "([name, photo]) => { const data = new DataTransfer();"
        " data.items.add(new File([Uint8Array.from(photo)], name, { type: 'image/png' })); return data; }",
        [name, list(photo)],
    )
    page.dispatch_event(zone, "dragover", {"dataTransfer": dropped})
    assert page.locator(f"{zone}.over").count() == 1
    page.dispatch_event(zone, "drop", {"dataTransfer": dropped})


def states(page: Any) -> list[str]:
    found: list[str] = page.evaluate(
        "() => [...document.querySelectorAll('#enrol-photos > li')].map((one) => one.dataset.state)"
    )
    return found


def forget(page: Any, name: str, receipt: Path) -> None:
    """On a person's page."""
    page.click("#person-forget")
    assert page.is_disabled("#forget-yes")
    page.fill("#forget-name", name[:-1])
    assert page.is_disabled("#forget-yes")
    page.fill("#forget-name", name.upper())
    with page.expect_download() as downloading:
        page.click("#forget-yes")
    downloading.value.save_as(receipt)
    page.wait_for_selector("#people-list:not([hidden])")


def note(visitor: Visitor, found: dict[str, list[str]], state: str) -> None:
    """What axe-core finds in this state, and whether the page fits the screen."""
    if AXE.is_file():
        found[state] = violations(visitor)
    assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{state} is wider than the screen"


@pytest.mark.parametrize(("locale", "device"), [("en-GB", DESK), ("id-ID", PHONE)], ids=["en-desk", "id-phone"])
def test_somebody_is_enrolled_named_changed_and_forgotten(
    visit_at: Callable[..., Visitor],
    desk: Server,
    admin_key: str,
    portrait: Image.Image,
    tmp_path: Path,
    locale: str,
    device: dict[str, Any],
) -> None:
    found: dict[str, list[str]] = {}
    visitor = visit_at(desk.url, locale=locale, **device)
    page = people_of(visitor, admin_key)
    assert page.locator("#people-rows a").count() == 0
    note(visitor, found, "nobody")

    page.click("[href='#people/new']")
    page.wait_for_selector("#enrol:not([hidden])")
    note(visitor, found, "empty form")
    pair = Image.new("RGB", (2 * portrait.width, portrait.height))
    pair.paste(portrait, (0, 0))
    pair.paste(ImageOps.mirror(portrait).resize((360, 360)), (portrait.width, 0))
    offer(
        page,
        "enrol",
        ("Eileen.jpg", as_jpeg(portrait)),
        ("pair.jpg", as_jpeg(pair)),
        ("wall.jpg", as_jpeg(photograph("brick.png"))),
    )
    assert states(page) == ["good", "poor", "poor"]
    assert page.locator("#enrol-photos > li").nth(1).locator(".found").count() == 2
    page.fill("#enrol-name", "Eileen Collins")
    page.click("#enrol-send")  # the browser asks for the record of consent
    assert page.locator("#enrol-consent:invalid").count() == 1
    page.fill("#enrol-consent", "form 7")
    page.fill("#enrol-expires", "2030-01-31")
    page.click("#enrol-send")
    page.wait_for_selector("#enrol-photos [data-state=enrolled]")
    page.wait_for_selector("#said:not([hidden])")
    assert page.inner_text("#said").startswith(ENROLLED[locale])
    assert states(page) == ["enrolled", "poor", "poor"]
    note(visitor, found, "fates")

    page.locator("#enrol-photos button").last.click()  # the wall is left out
    page.check("[data-permit=largest]")
    page.click("#enrol-send")
    page.wait_for_selector("#person-enrolments tr:nth-child(2)")
    assert page.inner_text("#person-name") == "Eileen Collins"
    assert page.locator("#person-enrolments tr").count() == 2
    note(visitor, found, "person")

    page.click("#person-change")
    page.fill("#person-rename", "Ms Collins")
    page.fill("#person-group", "crew")
    note(visitor, found, "changing")
    page.click("#person-form .primary")
    page.wait_for_function("() => document.querySelector('#person-name').textContent === 'Ms Collins'")
    assert "crew" in page.inner_text("#person-facts")
    with page.expect_download() as downloading:
        page.locator("#person-enrolments button").first.click()
        note(visitor, found, "question")
        page.click("#ask-yes")
    assert json.loads(downloading.value.path().read_text())["whole"] is False
    page.wait_for_function("() => document.querySelectorAll('#person-enrolments tr').length === 1")

    go(page, "#people", "#people-list")
    page.fill("#people-search", "nobody like that")
    page.wait_for_function("() => !document.querySelector('#people-rows a')")
    page.fill("#people-search", "COLL")
    page.click("#people-rows a")
    page.wait_for_selector("#person:not([hidden])")
    address = page.evaluate("location.hash")

    go(page, "#people/who", "#who")
    offer(page, "who", ("portrait.jpg", as_jpeg(portrait)), ("wall.jpg", as_jpeg(photograph("brick.png"))))
    assert page.inner_text("#who-photos .names a") == "Ms Collins"
    note(visitor, found, "named")

    go(page, address, "#person")
    forget(page, "Ms Collins", tmp_path / "receipt.json")
    assert page.inner_text("#said").startswith(FORGOTTEN[locale])
    assert page.locator("#people-rows a").count() == 0
    page.click("#receipt summary")
    page.set_input_files("#receipt-file", tmp_path / "receipt.json")
    page.wait_for_selector("#receipt-said.notice:not([hidden])")
    assert page.inner_text("#receipt-said").startswith(HOLDS[locale])
    note(visitor, found, "receipt")
    assert "Collins" not in (tmp_path / "receipt.json").read_text()
    go(page, "#people/who", "#who")
    offer(page, "who", ("portrait.jpg", as_jpeg(portrait)))
    assert page.inner_text("#who-photos .names .unknown") == UNKNOWN[locale]
    assert {state: wrong for state, wrong in found.items() if wrong} == {}
    assert all("Collins" not in url and "COLL" not in url for url in visitor.requests)


def test_refusals_are_told_photo_by_photo(
    visit_at: Callable[..., Visitor], desk: Server, admin_key: str, portrait: Image.Image, tmp_path: Path
) -> None:
    visitor = visit_at(desk.url, **DESK)
    page = people_of(visitor, admin_key)
    go(page, "#people/new", "#enrol")
    offer(page, "enrol", ("Eileen.jpg", as_jpeg(portrait)))
    page.fill("#enrol-name", "Eileen Collins")
    page.fill("#enrol-consent", "form 7")
    page.click("#enrol-send")
    page.wait_for_selector("#person-enrolments tr")
    own = page.evaluate("location.hash")

    go(page, "#people/new", "#enrol")
    assert page.input_value("#enrol-name") == ""  # nothing of the one before
    offer(page, "enrol", ("notes.jpg", b"no picture"))
    drop(page, "#enrol-zone", "sister.png", encoded(portrait.crop((64, 0, 448, 384)), "PNG"))
    page.wait_for_selector("#enrol-photos [data-state=good]")
    page.fill("#enrol-name", "Her Sister")
    page.fill("#enrol-consent", "form 8")
    page.click("#enrol-send")
    page.wait_for_selector("[data-permit=force]")
    told = page.locator("#enrol-photos > li").all_inner_texts()
    assert "it looks like Eileen Collins" in told[1]
    assert "Not a picture" in told[0]
    page.locator("#enrol-photos button").first.click()
    page.check("[data-permit=force]")
    page.click("#enrol-send")
    page.wait_for_function("() => document.querySelector('#person-name').textContent === 'Her Sister'")

    page.click("#person-change")
    page.fill("#person-rename", "eileen collins")
    page.click("#person-form .primary")
    page.wait_for_selector("#said.warning")
    assert "enrolled by this name" in page.inner_text("#said")
    page.click("#person-cancel")
    forget(page, "Her Sister", tmp_path / "receipt.json")
    go(page, own, "#person")
    forget(page, "Eileen Collins", tmp_path / "receipt.json")
    go(page, own, "#person")
    page.wait_for_selector("#person-nobody:not([hidden])")
    assert [said for said in visitor.complaints if not said.startswith("Failed to load resource: the server responded")] == []
    visitor.complaints.clear()


def test_whoever_may_enrol_and_no_more_has_a_page_too(
    visit_at: Callable[..., Visitor], desk: Server, state: Path, admin_key: str, portrait: Image.Image, tmp_path: Path
) -> None:
    reception = KeyFile(state).add("Reception", ["identify", "enrol"])[1]
    visitor = visit_at(desk.url, **PHONE)
    page = visitor.page
    page.goto(f"{visitor.url}/people")
    page.fill("#key", reception)
    page.click("#login .primary")
    page.wait_for_selector("#people-rows td")
    assert page.is_hidden("#views")
    assert page.is_hidden("#view-server")
    page.click("[href='#people/new']")
    offer(page, "enrol", ("Eileen.jpg", as_jpeg(portrait)), ("wall.jpg", as_jpeg(photograph("brick.png"))))
    page.fill("#enrol-name", "Eileen Collins")
    page.fill("#enrol-consent", "form 7")
    page.click("#enrol-send")
    page.wait_for_selector("#enrol-photos [data-state=enrolled]")
    page.locator("#enrol-photos button").click()
    page.click("#enrol-send")  # nothing is left to send
    page.wait_for_selector("#person-enrolments tr")
    own = page.evaluate("location.hash")
    page.click("#person-forget")
    page.fill("#forget-name", "Eileen Collins")
    page.click("#forget-yes")
    page.wait_for_selector("#said.warning")
    assert page.inner_text("#said") == "Your key may not do this."
    assert visitor.complaints == ["Failed to load resource: the server responded with a status of 403 (Forbidden)"]
    visitor.complaints.clear()

    boss = visit_at(desk.url)
    page = people_of(boss, admin_key)
    go(page, own, "#person")
    forget(page, "Eileen Collins", tmp_path / "receipt.json")


def test_a_face_before_the_camera_is_looked_at_enrolled_and_named(
    visit_at: Callable[..., Visitor],
    browser: Any,
    chromium: str,
    desk: Server,
    admin_key: str,
    portrait: Image.Image,
    tmp_path: Path,
) -> None:
    film = clip(tmp_path / "face.y4m", [portrait], size=(480, 480))
    other = launched(browser.browser_type, chromium, film)
    visitor = visit_at(desk.url, by=other, permissions=["camera"], locale="en-GB", **PHONE)
    page = people_of(visitor, admin_key)
    go(page, "#people/new", "#enrol")
    page.fill("#enrol-name", "Eileen Collins")
    page.fill("#enrol-consent", "form 7")
    page.click("#enrol-camera")
    page.wait_for_selector("#camera[data-state=live]")
    page.click("#camera-take")
    page.wait_for_selector("#camera-taken .found.main")
    assert page.inner_text("#camera-said") == "One face, good to recognise by."
    if AXE.is_file():
        assert violations(visitor) == []
    page.click("#camera-keep")
    page.wait_for_selector("#camera[data-state=live]")
    page.click("#camera-close")
    page.wait_for_function("() => !document.querySelector('#camera-video').srcObject")
    page.wait_for_selector("#enrol-photos [data-state=good]")
    page.click("#enrol-send")
    page.wait_for_selector("#person-enrolments tr")
    own = page.evaluate("location.hash")

    go(page, "#people/who", "#who")
    page.click("#who-camera")
    page.wait_for_selector("#camera[data-state=live]")
    page.click("#camera-take")
    page.wait_for_selector("#who-photos .names a")
    assert page.inner_text("#who-photos .names a") == "Eileen Collins"
    assert page.is_hidden("#camera")

    page.evaluate(
        "() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError')); }"
    )
    page.click("#who-camera")
    page.wait_for_selector("#camera[data-state=failed]")
    assert "does not let this page use the camera" in page.inner_text("#camera-problem")
    page.click("#camera-close")
    go(page, own, "#person")
    forget(page, "Eileen Collins", tmp_path / "receipt.json")
    visitor.context.close()
    other.close()


def test_in_a_group_only_who_is_enrolled_has_a_name(
    visit_at: Callable[..., Visitor], desk: Server, admin_key: str, shared_data: Path, tmp_path: Path
) -> None:
    photos = shared_data / "faces" / "fullframe"
    visitor = visit_at(desk.url, **DESK)
    page = people_of(visitor, admin_key)
    go(page, "#people/new", "#enrol")
    offer(page, "enrol", *((path.name, path.read_bytes()) for path in sorted((photos / "enrol" / "obama").iterdir())))
    page.fill("#enrol-name", "Barack Obama")
    page.fill("#enrol-consent", "a test")
    page.click("#enrol-send")
    page.wait_for_selector("#person-enrolments tr")
    own = page.evaluate("location.hash")
    go(page, "#people/who", "#who")
    group = photos / "probe" / "face_ageitgey__obama_and_biden.jpg"
    offer(page, "who", (group.name, group.read_bytes()))
    named = page.locator("#who-photos .names li").all_inner_texts()
    assert sum("Barack Obama" in name for name in named) == 1
    assert len(named) >= 2
    go(page, own, "#person")
    forget(page, "Barack Obama", tmp_path / "receipt.json")
