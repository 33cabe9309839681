"""What a launch says about where its link and its course were copied from

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    value = sa.JSON(none_as_null=True).with_variant(
        postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
    )
    op.add_column("launch_handle", sa.Column("copied_from", value, nullable=True))


def downgrade() -> None:
    op.drop_column("launch_handle", "copied_from")
