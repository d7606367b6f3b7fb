"""One photo explained: its prediction, and a PNG of where the evidence for a class lies."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

from PIL import Image, ImageDraw, ImageFont

from kenali.errors import KenaliError, PhotoError, did_you_mean
from kenali.explain.evidence import evidence, evidence_of_maps, method_of
from kenali.explain.picture import framed, heat_picture, legend
from kenali.images import preprocess, seen_window
from kenali.inputs import PhotoInput
from kenali.predict import Classifier, Outcome, outcomes_of

_SIDE = 360  # the long side of each of the two pictures
_GAP = 12
_TEXT = 20  # size of the letters
_LINE = 24
_RAMP = 120
_SOFT = (89, 99, 110)


@dataclass(frozen=True, slots=True)
class Explained:
    """A photo's prediction and its PNG, which shows what speaks for `class_name`; neither where it could not be read."""

    outcome: Outcome
    class_name: str = ""
    probability: float = 0.0
    png: bytes = b""


class Explainer:
    """Explains photos one by one. Safe to use from several threads."""

    def __init__(
        self, classifier: Classifier, class_name: str | None = None, words: tuple[str, str] = ("nothing", "most")
    ) -> None:
        """`class_name` is the class to explain, for every photo its likeliest where None; `words` name the legend's ends.

        Raises KenaliError for a class that the bundle does not know.
        """
        names = classifier.class_names
        if class_name is not None and class_name not in names:
            raise KenaliError(
                f"the bundle knows no class {class_name!r}.{did_you_mean(class_name, names)} It knows: {', '.join(names)}"
            )
        self._classifier = classifier
        self._label = None if class_name is None else names.index(class_name)
        self._words = words

    def __call__(self, photo: PhotoInput) -> Explained:
        """The prediction as ever, and what speaks for the class; a network with maps answers both at once."""
        network, preprocessing = self._classifier.network, self._classifier.manifest.preprocessing
        image = self._classifier.image(photo)
        if isinstance(image, PhotoError):
            return Explained(Outcome.of_error(photo.path, image))
        pixels = preprocess(image, preprocessing)
        if method_of(network) == "maps":
            outputs = network(pixels[None], *network.answers, "maps")
            found = evidence_of_maps(outputs["logits"][0], outputs["maps"][0])
        else:
            outputs, found = network(pixels[None], *network.answers), evidence(network, pixels)
        (outcome,) = outcomes_of(self._classifier.manifest, outputs, self._classifier.limits)
        assert outcome.probs is not None
        label = int(outcome.probs.argmax()) if self._label is None else self._label
        class_name, probability = self._classifier.class_names[label], float(outcome.probs[label])
        scale = _SIDE / max(image.size)
        image = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))
        window = seen_window(image.size, preprocessing)
        explained = framed(heat_picture(image, found.heat(label), window), window)
        caption = f"{class_name} {100 * probability:.1f} %"
        png = _composed(image, explained, caption, self._words)
        return Explained(replace(outcome, path=photo.path), class_name, probability, png)


def _composed(image: Image.Image, explained: Image.Image, caption: str, words: tuple[str, str]) -> bytes:
    """A PNG of the photo with its heat map beside it; below them the caption, and the colours with a word at each end."""
    font = ImageFont.load_default(_TEXT)
    few, much = words
    caption = caption.encode("latin-1", "replace").decode("latin-1")  # all that Pillow's own font can write
    few_width, much_width, caption_width = (round(font.getlength(text)) for text in (few, much, caption))
    scale_width = few_width + _RAMP + much_width + 2 * _GAP
    pictures_width = 2 * image.width + _GAP
    together = pictures_width >= caption_width + scale_width + 2 * _GAP
    width = max(pictures_width, caption_width, scale_width)
    lines = 1 if together else 2
    board = Image.new("RGB", (width + 2 * _GAP, image.height + (2 + lines) * _GAP + lines * _LINE), "white")
    board.paste(image, (_GAP, _GAP))
    board.paste(explained, (image.width + 2 * _GAP, _GAP))
    drawing = ImageDraw.Draw(board)
    middle = image.height + 2 * _GAP + _LINE // 2
    drawing.text((_GAP, middle), caption, fill="black", font=font, anchor="lm")
    left = board.width - _GAP - scale_width if together else _GAP
    middle += 0 if together else _LINE + _GAP
    drawing.text((left, middle), few, fill=_SOFT, font=font, anchor="lm")
    board.paste(legend(_RAMP, _LINE - 4), (left + few_width + _GAP, middle - _LINE // 2 + 2))
    drawing.text((left + few_width + _RAMP + 2 * _GAP, middle), much, fill=_SOFT, font=font, anchor="lm")
    buffer = io.BytesIO()
    board.save(buffer, "PNG")
    return buffer.getvalue()
