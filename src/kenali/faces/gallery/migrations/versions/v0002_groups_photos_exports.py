"""Groups of people, photos that are kept, and where exports were written, so that forgetting reaches them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import LONGBLOB

revision = "0002"
down_revision = "0001"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("persons", sa.Column("group_sealed", sa.LargeBinary))
    op.create_table(
        "photos",
        sa.Column("enrolment", sa.String(32), sa.ForeignKey("enrolments.id"), primary_key=True),
        sa.Column("photo_sealed", sa.LargeBinary().with_variant(LONGBLOB, "mysql", "mariadb"), nullable=False),
    )
    op.create_table(
        "exports",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("path_sealed", sa.LargeBinary, nullable=False),
        sa.Column("created", sa.DateTime, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("exports")
    op.drop_table("photos")
    op.drop_column("persons", "group_sealed")
