"""Which removed statements a forwarding target wanted, so that it hears of their voiding

Revision: 0020, after 0019. Of what was removed before this step nothing is known.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "xapi_forward_gone",
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["target_id"],
            ["xapi_forward_target.id"],
            name=op.f("fk_xapi_forward_gone_target_id_xapi_forward_target"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("target_id", "statement_id", name=op.f("pk_xapi_forward_gone")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("xapi_forward_gone")
