"""Further origins that frame our pages, the page of a window ticket, links that were withdrawn

Revision: 0019, after 0018. Links that were withdrawn before are called too old, as they were.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def _json() -> sa.types.TypeEngine:
    return sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column(
        "registration",
        sa.Column("frame_origins", _json(), nullable=False, server_default=sa.text("'[]'")),
    )
    op.add_column("window_ticket", sa.Column("page", sa.String(length=2000), nullable=True))
    op.add_column(
        "registration_link", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("registration_link", "withdrawn_at")
    op.drop_column("window_ticket", "page")
    op.drop_column("registration", "frame_origins")
