"""Credentials: the installation's, their rotation, limits and origins

Revision: 0009, after 0008
"""

from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_NEW = ("rotated_at", "old_digest", "old_until", "rate", "busy_until", "origins")


def upgrade() -> None:
    value = sa.JSON(none_as_null=True).with_variant(
        postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
    )
    moment = sa.DateTime(timezone=True)
    for column in (
        sa.Column("rotated_at", moment, nullable=True),
        sa.Column("old_digest", sa.String(length=64), nullable=True),
        sa.Column("old_until", moment, nullable=True),
        sa.Column("rate", sa.Integer(), nullable=True),
        sa.Column("busy_until", sa.Float(), nullable=False, server_default="0"),
        sa.Column("origins", value, nullable=True),
    ):
        op.add_column("xapi_credential", column)


def downgrade() -> None:
    # An installation's credential means nothing to the program before.
    op.execute(
        sa.text("DELETE FROM xapi_credential WHERE tenant = :nil").bindparams(
            sa.bindparam("nil", UUID(int=0), sa.Uuid())
        )
    )
    for name in _NEW:
        op.drop_column("xapi_credential", name)
