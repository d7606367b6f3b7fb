"""From the content of a report to its HTML: one page with everything inlined and nothing loaded from the network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kenali.errors import MissingExtra
from kenali.evaluation import figures, pictures, sections
from kenali.evaluation.alarms import GRAVE, PartCounts, class_totals, grave_first
from kenali.evaluation.augmented import AugmentationSheet, sheet_values
from kenali.evaluation.comparison import Comparison, by_who_is_right
from kenali.evaluation.content import ReportContent
from kenali.evaluation.doubt import doubt_values
from kenali.evaluation.intervals import intervals
from kenali.evaluation.leakage import LeakedPair
from kenali.evaluation.looks import Looks, jpeg_of
from kenali.evaluation.metrics import reliability
from kenali.evaluation.shortcut_section import shortcut_alarms, shortcut_section
from kenali.evaluation.shortcuts import Shortcut
from kenali.evaluation.subgroups import SMALL
from kenali.evaluation.words import Words
from kenali.explain import CORNERS, RING, legend
from kenali.photos import Suspect
from kenali.types import EpochEnd, Ledger, Metrics

_TEMPLATES = Path(__file__).parent / "templates"
_GROUPS = 40  # rows in a table


def report_page(content: ReportContent, words: Words) -> str:
    """The page of `kenali train` and `kenali evaluate`."""
    tested = _filled(content.metrics)
    judged = tested or _filled(content.cross_validation)
    paths = [photo.path for photo in content.photos]
    class_names = list(class_totals(content.counts))
    alarms = sections.told_alarms(grave_first(content.alarms), content.ledger, words)
    embed = pictures.embedder(content.thumbs)
    return _render(
        "report.html.j2",
        words,
        content=content,
        metrics=judged,
        intervals=intervals(judged) if judged else None,
        from_cross_validation=judged is not None and tested is None,
        title=content.title,
        alarms=alarms,
        verdict=sections.verdict(tested, content.cross_validation, alarms, words),
        matrix=sections.matrix(judged, words) if judged else None,
        confusions=sections.common_confusions(judged, words) if judged else (),
        mistakes=_mistakes(content, paths, embed),
        answers=_answers(content, paths, embed),
        missed=tested.accuracy.n - sum(row[j] for j, row in enumerate(tested.confusion_matrix)) if tested else 0,
        looks=_looks(content.looks) if content.looks else None,
        dots=_dots(content) if tested else (),
        curve=figures.strength_curve(content.strengths),
        curves=figures.learning_curves(content.history),
        **doubt_values(content),
        groups=content.subgroups,
        leakage=content.leakage,
        leaked_pairs=_pairs(content, embed),
        **_photos(content.counts, content.ledger, words),
        shortcuts=shortcut_section(content.shortcuts, words),
        warnings=sections.told_warnings(content.ledger, words, alarms),
        sheet=_sheet(pictures.by_class(class_names, content.ledger, paths, content.labels), embed),
    )


def check_page(
    title: str,
    ledger: Ledger,
    counts: Mapping[str, int],
    thumbs: Mapping[str, bytes],
    words: Words,
    suspects: Sequence[Suspect] | None = None,
    shortcuts: Sequence[Shortcut] = (),
) -> str:
    """The page of `kenali check`: the photos alone. `counts` gives the used photos of each class.

    `suspects` are the photos whose label is doubtful, None where nobody looked for them.
    """
    embed = pictures.embedder(thumbs)
    return _render(
        "check.html.j2",
        words,
        title=title,
        **_photos({"train": counts}, ledger, words, divided=False),
        shortcuts=shortcut_section(shortcuts, words),
        warnings=(*shortcut_alarms(shortcuts, words), *sections.told_warnings(ledger, words)),
        suspects=None if suspects is None else _suspects(suspects, title, embed),
        sheet=_sheet(pictures.by_class(list(counts), ledger, (), ()), embed),
    )


def curves_page(title: str, history: Sequence[EpochEnd], epochs: int, words: Words) -> str:
    """The page of a run that goes on: how far it is, and its curves so far."""
    curves = figures.learning_curves(history)
    return _render("curves.html.j2", words, title=title, last=history[-1], epochs=epochs, curves=curves)


def augmentation_page(sheet: AugmentationSheet, words: Words) -> str:
    """The sheet of `kenali augment`: a few training photos, altered in each way that the recipe has on."""
    return _render("augmentation.html.j2", words, **sheet_values(sheet, words))


def comparison_page(comparison: Comparison, thumbs: Mapping[str, bytes], words: Words) -> str:
    """The page of `kenali compare`: the verdict, the figures side by side, and the photos that get two names."""
    embed = pictures.embedder(thumbs)
    return _render(
        "compare.html.j2",
        words,
        one=comparison,
        alarms=sections.told_alarms(comparison.alarms, None, words),
        shown=[
            (who, len(photos), [(photo, embed(photo.path)) for photo in photos[: pictures.MISTAKES]])
            for who, photos in by_who_is_right(comparison.differing).items()
            if photos
        ],
    )


def rates_page(title: str, losses: Sequence[tuple[float, float]], suggestion: float, words: Words) -> str:
    """The page of `kenali learning-rate`: (rate, loss) pairs and the rate to train with."""
    curve = figures.strength_curve(losses)
    return _render("rates.html.j2", words, title=title, curve=curve, suggestion=words.brief(float(f"{suggestion:.2g}")))


def _filled(metrics: Metrics | None) -> Metrics | None:
    """The metrics, unless they rest on no photo at all."""
    return metrics if metrics is not None and metrics.accuracy.n else None


def _photos(counts: PartCounts, ledger: Ledger | None, words: Words, divided: bool = True) -> dict[str, Any]:
    """What the section on the photos shows; `divided` says whether the parts are worth a column each."""
    totals = class_totals(counts)
    gathered = max(0, sum(count > 0 for count in totals.values()) - figures.PIE_SLICES + 1)
    slices = figures.pie(totals, words("other_classes", n=gathered))
    parts = sections.filled_parts(counts) if divided else ()
    return {
        "slices": slices,
        "styles": {one.name: one.style for one in slices},
        "parts": parts,
        "part_totals": [sum(counts[part].values()) for part in parts],
        "class_rows": sections.class_rows(totals, parts, counts),
        "files": len(ledger.rows) if ledger else 0,
        "fates": {fate: ledger.count(fate) for fate in sections.FATES} if ledger else {},
        "reasons": sections.reasons(ledger, words) if ledger else (),
    }


def _dots(content: ReportContent) -> tuple[figures.Dot, ...]:
    if content.predictions is None or not len(content.predictions):
        return ()
    return figures.reliability_dots(reliability(content.predictions.probs, content.labels))


def _looks(looks: Looks) -> dict[str, Any]:
    """What the section on where the model looks shows, its pictures as data URIs."""
    uri = pictures.data_uri
    return {
        "rows": [("looks_whole", looks.whole), ("looks_edge_only", looks.edge_only), ("looks_middle_only", looks.middle_only)],
        "heat": {"ring": looks.ring, "corners": looks.corners, "ring_even": RING.area, "corners_even": CORNERS.area},
        "edge_suffices": looks.edge_suffices,
        "method": looks.method,
        "n": looks.whole.n,
        "legend": uri(jpeg_of(legend(140, 14))),
        "classes": [(one.name, one.n, uri(one.jpeg)) for one in looks.classes],
        "omitted": looks.omitted,
        "right": [(one, uri(one.jpeg)) for one in looks.right],
        "wrong": [(one, uri(one.jpeg)) for one in looks.wrong],
    }


def _mistakes(
    content: ReportContent, paths: Sequence[str], embed: Callable[[str], str | None]
) -> list[tuple[pictures.Mistake, str | None]]:
    if content.predictions is None:
        return []
    mistakes = pictures.confident_mistakes(paths, content.labels, content.predictions)
    return [(mistake, embed(mistake.path)) for mistake in mistakes]


def _answers(
    content: ReportContent, paths: Sequence[str], embed: Callable[[str], str | None]
) -> list[tuple[pictures.Answer, str | None]]:
    if content.predictions is None:
        return []
    answers = pictures.answer_sheet(paths, content.labels, content.predictions)
    return [(answer, embed(answer.path)) for answer in answers]


def _pairs(content: ReportContent, embed: Callable[[str], str | None]) -> list[tuple[LeakedPair, str | None, str | None]]:
    pairs = content.leakage.shown if content.leakage else ()
    return [(pair, embed(pair.test), embed(pair.train)) for pair in pairs]


def _suspects(suspects: Sequence[Suspect], title: str, embed: Callable[[str], str | None]) -> dict[str, Any]:
    shown = [(one, embed(one.path)) for one in suspects[: pictures.SUSPECTS]]
    return {"total": len(suspects), "strong": sum(one.strong for one in suspects), "shown": shown, "photos": title}


def _sheet(classes: Mapping[str, Sequence[str]], embed: Callable[[str], str | None]) -> list[tuple[str, list[tuple[str, str]]]]:
    """(class, [(path, data URI)]) for the classes of which there are pictures."""
    rows = []
    for name, paths in pictures.contact_sheet(classes).items():
        shown = [(path, picture) for path in paths if (picture := embed(path))]
        if shown:
            rows.append((name, shown))
    return rows


def _render(template: str, words: Words, **values: Any) -> str:
    page: str = template_environment(words).get_template(template).render(values)
    return page


def template_environment(words: Words, *folders: Path) -> Any:
    """Jinja's environment for pages that speak `words`; templates in `folders` may extend the report's own."""
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
    except ImportError as error:
        raise MissingExtra("writing a report", "train", error) from error
    environment = Environment(
        loader=FileSystemLoader([*folders, _TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(pct=words.percent, num=words.number, brief=words.brief, points=words.points)
    environment.filters.update(signed=words.signed, share=words.share)
    environment.globals.update(w=words, plot=figures.PLOT, grave=GRAVE, small_group=SMALL, groups_shown=_GROUPS)
    return environment
