"""The fate of every file and the group of every photo, once all have been looked at."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from kenali.photos.audit import PhotoFacts, warnings_of
from kenali.photos.duplicates import Groups, Pair, find_pairs
from kenali.photos.layout import Entry
from kenali.photos.source import Source
from kenali.types import Ledger, LedgerRow, Notice, Photo, PhotoSet


@dataclass(frozen=True, slots=True)
class Scan:
    """What a source holds: the usable photos, the fate of every file, and the facts of each photo by its path.

    `spare` are the photos set aside as duplicates, with their facts; each is in the group of the used photo that serves in
    its place.
    """

    photoset: PhotoSet
    ledger: Ledger
    facts: Mapping[str, PhotoFacts] = field(repr=False)
    spare: Mapping[Photo, PhotoFacts] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Look:
    """One entry after reading: its checksum and facts, or the reason and sentence why it cannot be used."""

    entry: Entry
    sha256: str = ""
    facts: PhotoFacts | None = None
    reason: str = ""
    detail: str = ""


@dataclass(slots=True)
class _Settlement:
    """The working state in which copies and groups are settled; positions index `good`, the readable files in path order."""

    good: list[Look]
    fates: dict[int, tuple[str, str]] = field(default_factory=dict)  # set aside as duplicate: reason, detail
    conflicts: list[tuple[int, int]] = field(default_factory=list)
    groups: Groups = field(default_factory=Groups)

    def set_aside(self, kept: int, copy: int, reason: str, what: str) -> None:
        """Mark `copy` as a duplicate of `kept`, in one group with it, and note where the two contradict each other."""
        self.groups.join(kept, copy)
        one, other = self.good[kept].entry, self.good[copy].entry
        detail = f"{what} {one.path}"
        if one.class_name != other.class_name:
            detail += f"; that one is in the class {one.class_name}, so one of the two labels must be wrong"
            self.conflicts.append((kept, copy))
        self.fates[copy] = (reason, detail)


def settle(looks: list[Look], source: Source, named: tuple[str, ...], pattern: re.Pattern[str] | None) -> Scan:
    """Decide every file's fate and every photo's group."""
    state = _Settlement([seen for seen in looks if seen.facts is not None])
    _settle_exact_copies(state)
    kept = [index for index in range(len(state.good)) if index not in state.fates]
    pairs = [
        Pair(kept[p.first], kept[p.second], p.same, p.similarity) for p in find_pairs([_facts(state.good[i]) for i in kept])
    ]
    _settle_near_copies(state, pairs)
    _join_groups(state, pairs, pattern)
    _settle_fixed_parts(state)
    return _assemble(looks, state, source, named)


def _facts(look: Look) -> PhotoFacts:
    assert look.facts is not None
    return look.facts


def _rank(seen: Look) -> tuple[bool, int, str]:
    """Of several copies the lowest is kept: one in the test part, so that the test stays whole, the largest, the first."""
    height, width = _facts(seen).size_px
    return seen.entry.part != "test", -height * width, seen.entry.path


def _settle_exact_copies(state: _Settlement) -> None:
    by_content: defaultdict[str, list[int]] = defaultdict(list)
    for index, seen in enumerate(state.good):
        by_content[seen.sha256].append(index)
    for copies in by_content.values():
        first, *rest = sorted(copies, key=lambda index: _rank(state.good[index]))
        for copy in rest:
            state.set_aside(first, copy, "exact-copy", "an exact copy of")


def _settle_near_copies(state: _Settlement, pairs: list[Pair]) -> None:
    """Best photo first, each keeps its place and sets its own copies aside, so that a duplicate always names a used photo."""
    copies: defaultdict[int, list[int]] = defaultdict(list)
    for pair in pairs:
        if pair.same:
            copies[pair.first].append(pair.second)
            copies[pair.second].append(pair.first)
    for kept in sorted(copies, key=lambda index: _rank(state.good[index])):
        if kept not in state.fates:
            for copy in copies[kept]:
                if copy not in state.fates:
                    state.set_aside(kept, copy, "near-copy", "smaller or saved again, the same picture as")


def _join_groups(state: _Settlement, pairs: list[Pair], pattern: re.Pattern[str] | None) -> None:
    """One group for look-alikes, copies of either, and photos that the owner declared to belong together."""
    for pair in pairs:
        state.groups.join(pair.first, pair.second)
    for index, seen in enumerate(state.good):
        declared = declared_group(seen.entry.path, pattern)
        if declared is not None:
            state.groups.join(("declared", declared), index)
        if seen.entry.group is not None:
            state.groups.join(("listed", seen.entry.group), index)


def declared_group(path: str, pattern: re.Pattern[str] | None) -> str | None:
    """The group that the pattern finds in a path: its first bracket, else its whole match, or None."""
    match = pattern.search(path) if pattern is not None else None
    if match is None:
        return None
    return match.group(1) if match.re.groups and match.group(1) is not None else match.group(0)


def _settle_fixed_parts(state: _Settlement) -> None:
    """Where one group stands in several fixed parts, keep its test photos, else its validation photos, out of training."""
    members: defaultdict[object, list[int]] = defaultdict(list)
    for index, seen in enumerate(state.good):
        if index not in state.fates and seen.entry.part is not None:
            members[state.groups.find(index)].append(index)
    for group in members.values():
        parts = {state.good[index].entry.part for index in group}
        if len(parts) > 1:
            winner = next(part for part in ("test", "val") if part in parts)
            witness = next(index for index in group if state.good[index].entry.part == winner)
            for index in group:
                if state.good[index].entry.part != winner:
                    path = state.good[witness].entry.path
                    state.fates[index] = ("leak", f"in one group with {path} of the {winner} part, so no use elsewhere")


def _assemble(looks: list[Look], state: _Settlement, source: Source, named: tuple[str, ...]) -> Scan:
    used = [index for index in range(len(state.good)) if index not in state.fates]
    class_names = tuple(sorted({state.good[index].entry.class_name or "" for index in used}))
    label_of = {name: label for label, name in enumerate(class_names)}
    lowest: dict[object, int] = {}
    for index in used:
        lowest.setdefault(state.groups.find(index), index)

    def photo(index: int) -> Photo:
        seen = state.good[index]
        return Photo(
            path=seen.entry.path,
            label=label_of[seen.entry.class_name or ""],
            sha256=seen.sha256,
            size_px=_facts(seen).size_px,
            group=state.good[lowest[state.groups.find(index)]].entry.path,
            part=seen.entry.part,
        )

    photos = tuple(photo(index) for index in used)
    known = [index for index in sorted(state.fates) if state.good[index].entry.class_name in label_of]
    spare = {photo(index): _facts(state.good[index]) for index in known}
    photoset = PhotoSet(photos, class_names, source)
    facts = {one.path: _facts(state.good[index]) for one, index in zip(photos, used, strict=True)}
    position = {id(seen): index for index, seen in enumerate(state.good)}
    rows = tuple(_row(seen, state.fates.get(position.get(id(seen), -1))) for seen in looks)
    notices = (
        *_conflict_notice(state),
        *_empty_classes(named, class_names),
        *warnings_of(photos, facts, class_names, photoset.counts),
    )
    return Scan(photoset, Ledger(rows, notices), facts, spare)


def _row(seen: Look, duplicate: tuple[str, str] | None) -> LedgerRow:
    label = seen.entry.class_name or ""
    if seen.facts is None:
        return LedgerRow(seen.entry.path, label, "quarantined", seen.reason, seen.detail)
    if duplicate is not None:
        return LedgerRow(seen.entry.path, label, "duplicate", *duplicate)
    return LedgerRow(seen.entry.path, label, "used")


def _conflict_notice(state: _Settlement) -> list[Notice]:
    if not state.conflicts:
        return []
    pairs = [f"{state.good[kept].entry.path} = {state.good[copy].entry.path}" for kept, copy in state.conflicts]
    subject = "1 picture stands" if len(pairs) == 1 else f"{len(pairs)} pictures stand"
    sentence = f"{subject} in two classes, so one of the two labels must be wrong: {'; '.join(pairs[:3])}"
    return [Notice("label-conflict", sentence + ("; ..." if len(pairs) > 3 else ""), tuple(pairs))]


def _empty_classes(named: tuple[str, ...], used: tuple[str, ...]) -> list[Notice]:
    empty = tuple(name for name in named if name not in used)
    if not empty:
        return []
    return [Notice("empty-class", f"No usable photo in: {', '.join(empty)}. The class is left out.", empty)]
