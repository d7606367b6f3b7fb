"""All that people are recognised by, opened into one matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import Connection, func, select

from kenali.faces.gallery.keys import Key, PersonKey
from kenali.faces.gallery.rows import now, opened_text, opened_vector
from kenali.faces.gallery.schema import embeddings, enrolments, gallery, persons
from kenali.faces.values import Vectors

_ROWS_AT_ONCE = 2000


def every_vector(connection: Connection, key: Key) -> Vectors:
    """Every embedding that has not expired, opened row by row."""
    version = connection.execute(select(gallery.c.version)).scalar_one()
    rows = {row.id: row for row in connection.execute(select(persons).order_by(persons.c.id))}
    keys = {person: PersonKey.opened(row.key_sealed, key, person) for person, row in rows.items()}
    place = {person: index for index, person in enumerate(rows)}
    current = enrolments.c.expires.is_(None) | (enrolments.c.expires >= now().date())
    count = connection.execute(select(func.count()).select_from(enrolments).where(current)).scalar_one()
    owners = np.empty(count, np.int64)
    matrix: np.ndarray[Any, Any] = np.empty((count, 0), np.float32)
    query = (
        select(enrolments.c.person, embeddings.c.enrolment, embeddings.c.vector_sealed)
        .join(enrolments, enrolments.c.id == embeddings.c.enrolment)
        .where(current)
        .order_by(enrolments.c.person, enrolments.c.id)
    )
    for index, (person, enrolment, sealed) in enumerate(connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(query)):
        vector = opened_vector(keys[person], enrolment, sealed)
        if index == 0:
            matrix = np.empty((count, len(vector)), np.float32)
        matrix[index] = vector
        owners[index] = place[person]
    names = tuple(opened_text(keys[person], row.name_sealed, "name") for person, row in rows.items())
    groups = tuple(opened_text(keys[person], row.group_sealed, "group") or None for person, row in rows.items())
    return Vectors(matrix, owners, names, groups, version, tuple(rows))
