"""A study's table once, as plain text cells, and written as Markdown, LaTeX and CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from textwrap import wrap

from kenali.study.cell import Cell, Figures
from kenali.study.findings import AGAINST_THE_BEST, Findings
from kenali.study.summary import Interval, Row
from kenali.study.words import StudyWords

Text = tuple[str, bool]
"""A cell's text, and whether it stands in bold."""

_HEADING = 16  # characters of a line of a heading in LaTeX


@dataclass(frozen=True, slots=True)
class Table:
    """Headings and rows of text; the first column names the row, the others hold figures. `notes` explain the columns."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Text, ...], ...]
    notes: tuple[str, ...]


def main_table(findings: Findings, words: StudyWords) -> Table:
    """One line a setting."""
    columns = _columns(findings, words)
    caption = words("table_caption", kind=words(f"kind_{findings.kind}"), title=findings.title, seeds=len(findings.seeds))
    rows = tuple(tuple(_text(show(row)) for _, show in columns) for row in findings.rows)
    return Table(caption, tuple(heading for heading, _ in columns), rows, _notes(findings, words))


def forecast_table(findings: Findings, words: StudyWords) -> Table | None:
    """What more photos would bring, where a law could be fitted."""
    if findings.extrapolation is None:
        return None
    rows = []
    for one in findings.extrapolation.forecasts:
        name = words("more_photos", factor=words.plain(one.factor), n=round(one.photos))
        rows.append((_text(name), _text(words.percent(one.accuracy)), _text(_shares(one.low, one.high, words))))
    headings = (words("column_more"), words("column_expected"), words("column_range"))
    return Table(words("kind_data-amount"), headings, tuple(rows), (words("table_forecast"),))


def as_markdown(tables: Sequence[Table], answers: Sequence[str]) -> str:
    """The tables with the answers above them."""
    parts = ["\n\n".join(answers)]
    for table in tables:
        lines = [_markdown_line(table.headings), "|" + "|".join([" :-- ", *[" --: "] * (len(table.headings) - 1)]) + "|"]
        for row in table.rows:
            lines.append(_markdown_line([f"**{text}**" if bold else text for text, bold in row]))
        parts += [f"**{table.caption}**", "\n".join(lines), "\n".join(f"- {note}" for note in table.notes)]
    return "\n\n".join(parts) + "\n"


def as_latex(tables: Sequence[Table]) -> str:
    """The tables as LaTeX floats, scaled to the text's width where they are wider; they need booktabs and graphicx."""
    parts = ["% \\usepackage{booktabs,graphicx}"]
    for table in tables:
        heading = " & ".join(_latex_heading(text, "r" if index else "l") for index, text in enumerate(table.headings))
        rows = [" & ".join(f"\\textbf{{{_latex(text)}}}" if bold else _latex(text) for text, bold in row) for row in table.rows]
        parts.append(
            "\\begin{table}\n\\centering\n"
            f"\\caption{{{_latex(table.caption)}}}\n"
            "\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%\n"
            f"\\begin{{tabular}}{{l{'r' * (len(table.headings) - 1)}}}\n\\toprule\n{heading} \\\\\n\\midrule\n"
            + "".join(f"{row} \\\\\n" for row in rows)
            + "\\bottomrule\n\\end{tabular}}\n\\end{table}"
        )
    return "\n\n".join(parts) + "\n"


def _latex_heading(text: str, side: str) -> str:
    """A heading of several short lines, aligned to the `side` of its column."""
    lines = " \\\\ ".join(_latex(line) for line in wrap(text, _HEADING, break_long_words=False, break_on_hyphens=False))
    return f"\\shortstack[{side}]{{{lines}}}"


CSV_COLUMNS = (
    "setting",
    "value",
    "seed",
    "accuracy",
    "balanced_accuracy",
    "macro_f1",
    "test_photos",
    "right",
    "train_photos",
    "diverged",
    "steps",
    "seconds_to_learn",
    "ms_a_step",
    "ms_a_photo",
    "parameters",
    "model_bytes",
)


def as_csv(results: Sequence[tuple[Cell, Figures]]) -> str:
    """One line a cell, the same in every language; empty where a figure does not exist."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for cell, figures in results:
        own = {
            "setting": cell.setting.code,
            "value": cell.setting.value,
            "seed": cell.seed,
            "test_photos": len(figures["tested"]) if "tested" in figures else None,
            "right": len(figures["tested"]) - len(figures["wrong"]) if "tested" in figures else None,
            "diverged": int(bool(figures.get("diverged"))),
        }
        writer.writerow([own[name] if name in own else figures.get(name) for name in CSV_COLUMNS])
    return out.getvalue()


Column = tuple[str, Callable[[Row], str | Text]]


def _columns(findings: Findings, words: StudyWords) -> list[Column]:
    several = len(findings.seeds) > 1
    baseline = findings.compared
    columns: list[Column] = [
        (words(f"column_{findings.kind}"), lambda row: findings.label(row, words)),
        (words("column_accuracy"), lambda row: words.percent(row.accuracy.mean) if row.accuracy else words("nothing")),
    ]
    if several:
        columns.append((words("column_seeds"), lambda row: _interval(row.accuracy, words)))
    columns.append(
        (
            words("column_pooled"),
            lambda row: _shares(row.pooled.low, row.pooled.high, words) if row.pooled else words("nothing"),
        )
    )
    if baseline is not None and len(findings.rows) > 1:
        columns.append((words("column_gain", name=findings.label(baseline, words)), lambda row: _gain(row.gain, words)))
    columns.append(
        (words("column_balanced"), lambda row: words.percent(row.balanced.mean) if row.balanced else words("nothing"))
    )
    return columns + _more_columns(findings, words)


def _more_columns(findings: Findings, words: StudyWords) -> list[Column]:
    """Columns of figures that only some studies have, where any row has them."""

    def figure(key: str, name: str, decimals: int, unit: float = 1.0) -> list[Column]:
        if all(row.mean(name) is None for row in findings.rows):
            return []

        def show(row: Row) -> str:
            value = row.mean(name)
            return words("nothing") if value is None else words.number(value / unit, decimals)

        return [(words(key), show)]

    columns: list[Column] = []
    if any(row.diverged for row in findings.rows):
        columns.append((words("column_diverged"), lambda row: words("diverged_of", n=row.diverged, of=len(row.figures))))
    if findings.kind == "data-amount":
        columns += figure("column_learned", "train_photos", 0)
    if findings.kind == "networks":
        columns += figure("column_parameters", "parameters", 0) + figure("column_size", "model_bytes", 1, 1e6)
        columns += figure("column_photo", "ms_a_photo", 1) + figure("column_step", "ms_a_step", 1)
    elif findings.kind in ("augmentation", "options", "learning-rate"):
        columns += figure("column_time", "seconds_to_learn", 1)
    return columns


def _notes(findings: Findings, words: StudyWords) -> tuple[str, ...]:
    notes = [words("table_right", seeds=len(findings.seeds))]
    if len(findings.seeds) > 1:
        notes.append(words("table_seeds"))
    notes.append(words("table_pooled", n=findings.tested))
    if findings.compared is not None and len(findings.rows) > 1:
        notes.append(words("table_gain"))
        if findings.kind in AGAINST_THE_BEST:
            notes.append(words("table_gain_best"))
    notes.append(words("table_balanced"))
    if any(row.diverged for row in findings.rows):
        notes.append(words("table_diverged"))
    if findings.kind == "networks":
        notes.append(words("table_timed"))
    return tuple(notes)


def _text(shown: str | Text) -> Text:
    return (shown, False) if isinstance(shown, str) else shown


def _interval(interval: Interval | None, words: StudyWords) -> str:
    if interval is None or interval.low is None or interval.high is None:
        return words("nothing")
    return _shares(interval.low, interval.high, words)


def _shares(low: float, high: float, words: StudyWords) -> str:
    return words("range", low=words.number(100 * low, 1), high=words.percent(high))


def _gain(gain: Interval | None, words: StudyWords) -> Text:
    """The difference with its interval, in bold where it is no chance."""
    if gain is None or gain.low is None or gain.high is None:
        return words("nothing"), False
    span = words("range_signed", low=words.points(gain.low), high=words.points(gain.high))
    return f"{words.points(gain.mean)} ({span})", gain.excludes_zero


def _markdown_line(texts: Sequence[str]) -> str:
    return "| " + " | ".join(text.replace("|", "\\|") for text in texts) + " |"


def _latex(text: str) -> str:
    """Text in which LaTeX sees no command."""
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    special |= {"×": r"$\times$", "°": r"$^\circ$", "–": "--", "“": "``", "”": "''", "−": "$-$"}
    text = re.sub(r"(?<!\w)-(?=\d)", "−", text)
    return "".join(special.get(letter, f"\\{letter}" if letter in "&%$#_{}" else letter) for letter in text)
