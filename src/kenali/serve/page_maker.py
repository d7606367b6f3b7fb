"""The program that makes a served model's page: `python -m kenali.serve.page_maker BUNDLE DIR MARK`, in a process of its own.

Rounding a network to 8 bits takes seconds and memory that the server's workers should not spend.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from kenali.errors import KenaliError


def make_page(bundle: Path, folder: Path, mark: str) -> None:
    """Write the web export of a bundle, with the server's mark, whole or not at all. Raises KenaliError, MissingExtra."""
    from kenali.bundle.store import open_bundle
    from kenali.export.graph_model import write_for_page
    from kenali.export.run import prepared
    from kenali.export.web import assemble, require_page
    from kenali.files import folder_atomically

    require_page()
    opened = open_bundle(bundle)
    with folder_atomically(folder) as new:
        write_for_page(prepared(opened, "int8"), new)
        assemble(new, opened.manifest, mark=mark)


def main() -> int:
    bundle, folder, mark = sys.argv[1:]
    if hasattr(os, "nice"):
        os.nice(10)  # answers come first
    try:
        make_page(Path(bundle), Path(folder), mark)
    except KenaliError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
