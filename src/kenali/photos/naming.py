"""Names of files and folders that Windows, macOS and Linux all accept, each different even where case does not count."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

_RESERVED = {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))}
_LONGEST = 200  # bytes of a name, so that what is put after it stays below the usual limit of 255


def safe_name(name: str) -> str:
    """`name` without the characters, endings and words that some system refuses, nor a dot in front, which hides it."""
    safe = re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", name).encode()[:_LONGEST].decode(errors="ignore").rstrip(". ") or "_"
    return f"_{safe}" if safe.split(".")[0].lower() in _RESERVED or safe.startswith(".") else safe


def folder_names(class_names: Iterable[str], taken: Collection[str] = ()) -> list[str]:
    """A folder name for each class; `taken` are names that already stand beside them."""
    names: list[str] = []
    used = {name.casefold() for name in taken}
    for class_name in class_names:
        safe = safe_name(class_name)
        while safe.casefold() in used:
            safe += "_"
        used.add(safe.casefold())
        names.append(safe)
    return names


def fresh_name(stem: str, suffix: str, used: set[str]) -> str:
    """The file name `<stem><suffix>`, or with ` (2)` onward behind the stem where `used` has it; `used` then has it too.

    `stem` is safe already; `used` holds case-folded names.
    """
    name, number = f"{stem}{suffix}", 1
    while name.casefold() in used:
        number += 1
        name = f"{stem} ({number}){suffix}"
    used.add(name.casefold())
    return name
