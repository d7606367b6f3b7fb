"""People, their consents, enrolments and embeddings; the audit."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "gallery",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("key_check", sa.String(64), nullable=False),
        sa.Column("embedder", sa.String(64)),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("threshold", sa.Text),
        sa.Column("created", sa.DateTime, nullable=False),
    )
    op.create_table(
        "persons",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name_mac", sa.String(64), nullable=False, unique=True),
        sa.Column("key_sealed", sa.LargeBinary, nullable=False),
        sa.Column("name_sealed", sa.LargeBinary, nullable=False),
        sa.Column("created", sa.DateTime, nullable=False),
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("person", sa.String(32), sa.ForeignKey("persons.id"), nullable=False, index=True),
        sa.Column("record_sealed", sa.LargeBinary, nullable=False),
        sa.Column("created", sa.DateTime, nullable=False),
    )
    op.create_table(
        "enrolments",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("person", sa.String(32), sa.ForeignKey("persons.id"), nullable=False, index=True),
        sa.Column("consent", sa.String(32), sa.ForeignKey("consents.id"), nullable=False),
        sa.Column("photo_mac", sa.String(64), nullable=False),
        sa.Column("details_sealed", sa.LargeBinary, nullable=False),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.Column("expires", sa.Date, index=True),
        sa.UniqueConstraint("person", "photo_mac", name="one_enrolment_a_photo"),
    )
    op.create_table(
        "embeddings",
        sa.Column("enrolment", sa.String(32), sa.ForeignKey("enrolments.id"), primary_key=True),
        sa.Column("vector_sealed", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("time", sa.DateTime, nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    for table in ("audit", "embeddings", "enrolments", "consents", "persons", "gallery"):
        op.drop_table(table)
