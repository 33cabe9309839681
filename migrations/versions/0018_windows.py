"""A browser session remembers the one that it comes from

Revision: 0018, after 0017. Windows that are open during this step end by time alone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("browser_session", sa.Column("root_id", sa.String(length=64), nullable=True))
    op.create_index(op.f("ix_browser_session_root_id"), "browser_session", ["root_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_browser_session_root_id"), table_name="browser_session")
    op.drop_column("browser_session", "root_id")
