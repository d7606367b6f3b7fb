"""Appearances."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0001"
down_revision = None

_TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "appearances",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("session", sa.String(8), nullable=False),
        sa.Column("track", sa.BigInteger, nullable=False),
        sa.Column("label", sa.String(255)),
        sa.Column("person", sa.String(64), index=True),
        sa.Column("model", sa.String(255), nullable=False),
        sa.Column("first_seen", _TIME, nullable=False),
        sa.Column("last_seen", _TIME, nullable=False, index=True),
        sa.Column("frames", sa.BigInteger, nullable=False),
        sa.Column("confidence", sa.Float(53)),
        sa.Column("distance", sa.Float(53)),
    )
    op.create_index("appearances_by_source", "appearances", ["source", "last_seen"])


def downgrade() -> None:
    op.drop_table("appearances")
