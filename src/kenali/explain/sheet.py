"""A folder of explained photos: a PNG for each, and a page that shows them all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from urllib.parse import quote

from kenali.errors import KenaliError
from kenali.explain.evidence import Method
from kenali.explain.photo import Explained
from kenali.files import folder_atomically, write_atomically
from kenali.photos.naming import fresh_name, safe_name

_WORDS = {
    "en": {
        "title": "Where the model looks",
        "how": "Each photo with its heat map: the brighter a place, the more it speaks for the class below. Each map has its"
        " own scale, from nothing to the place that speaks most, so that colours tell where, not how much; the percentage"
        " tells how sure the model is. What lies outside the thin white frame, darkened, the model did not see. A map"
        " shows what the model uses, not what is there: if it looks at the border, a label or the background, it may have"
        " learned a shortcut.",
        "maps": "The maps are class activation maps, computed by the model itself.",
        "occlusion": "The maps were made by covering the photo patch by patch and watching the answer.",
        "nothing": "nothing",
        "most": "most",
    },
    "id": {
        "title": "Di mana model melihat",
        "how": "Tiap foto dengan peta panasnya: makin terang suatu tempat, makin kuat tempat itu mendukung kelas yang tertulis"
        " di bawahnya. Tiap peta memakai skalanya sendiri, dari tidak ada sampai tempat yang paling mendukung, jadi warna"
        " menunjukkan di mana, bukan seberapa banyak; persentase menunjukkan seberapa yakin model. Yang berada di luar"
        " bingkai putih tipis, yang digelapkan, tidak dilihat model. Peta menunjukkan apa yang dipakai model, bukan apa yang"
        " ada di sana: bila model melihat tepi, tulisan, atau latar belakang, mungkin ia mempelajari jalan pintas.",
        "maps": "Peta ini adalah class activation map (peta aktivasi kelas) yang dihitung oleh model itu sendiri.",
        "occlusion": "Peta ini dibuat dengan menutupi foto sepotong demi sepotong dan mengamati jawabannya.",
        "nothing": "tidak ada",
        "most": "paling kuat",
    },
}

_STYLE = """
:root { color-scheme: light; }
body { margin: 0 auto; max-width: 76rem; padding: 2.5rem 1.5rem; color: #1d2329; background: #fff;
  font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .75rem; }
p { max-width: 44rem; color: #59636e; margin: .5rem 0; }
ul { list-style: none; margin: 1.75rem 0; padding: 0; display: grid; gap: 2rem 1.5rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); }
figure { margin: 0; }
img { display: block; max-width: 100%; height: auto; border: 1px solid #dfe3e7; border-radius: 2px; }
figcaption { margin-top: .4rem; font-size: .875rem; overflow-wrap: anywhere; }
figcaption span { display: block; color: #59636e; font-size: .8125rem; }
"""


class Sheet:
    """Takes explained photos one by one; `finish` writes the page. Every file name is made here, none by a photo's path."""

    def __init__(self, folder: Path, method: Method, language: str) -> None:
        self._folder, self._method, self._language = folder, method, language
        self._taken = {"index.html"}
        self._figures: list[str] = []

    def add(self, explained: Explained) -> str:
        """Write the photo's PNG and return its name."""
        path = explained.outcome.path
        name = fresh_name(safe_name(Path(path).stem), ".png", self._taken)
        write_atomically(self._folder / name, explained.png)
        said = f"{escape(explained.class_name)} {_percent(explained.probability, self._language)}"
        self._figures.append(
            f'<li><figure><a href="{quote(name)}"><img src="{quote(name)}" alt="{escape(path)}" loading="lazy"></a>'
            f"<figcaption><b>{said}</b> <span>{escape(path)}</span></figcaption></figure></li>"
        )
        return name

    def finish(self) -> None:
        words = _WORDS[self._language]
        page = (
            f'<!doctype html>\n<html lang="{self._language}">\n<head>\n<meta charset="utf-8">\n'
            '<meta http-equiv="Content-Security-Policy" '
            "content=\"default-src 'none'; img-src 'self' file:; style-src 'unsafe-inline'\">\n"
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{words['title']}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{words['title']}</h1>\n"
            f"<p>{words['how']} {words[self._method]}</p>\n<ul>\n" + "\n".join(self._figures) + "\n</ul>\n</body>\n</html>\n"
        )
        write_atomically(self._folder / "index.html", page)


def refuse_occupied(folder: Path) -> None:
    """Raise KenaliError where something stands at `folder` already; an empty folder may."""
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise KenaliError(f"{folder} exists and is not empty; name a new folder for the heat maps, nothing was changed")


@contextmanager
def explanation_sheet(folder: Path, method: Method, language: str = "en") -> Iterator[Sheet]:
    """A sheet to add to, which becomes the folder `folder` when the block ends well, and leaves nothing otherwise.

    Raises KenaliError where something stands at `folder` already.
    """
    refuse_occupied(folder)
    with folder_atomically(folder) as partial:
        sheet = Sheet(partial, method, language)
        yield sheet
        sheet.finish()


def words_of(language: str) -> dict[str, str]:
    """The page's sentences, and the words at the two ends of a picture's legend."""
    return _WORDS[language]


def _percent(share: float, language: str) -> str:
    text = f"{100 * share:.1f}%"
    return text.replace(".", ",") if language == "id" else text
