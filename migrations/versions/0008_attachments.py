"""The bytes attached to statements

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op


revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "xapi_attachment",
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("sha2", sa.String(length=128), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "sha2", name=op.f("pk_xapi_attachment")),
    )
    op.create_table(
        "xapi_attached",
        sa.Column("sid", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sha2", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("sid", "sha2", name=op.f("pk_xapi_attached")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_xapi_attached_sha2", "xapi_attached", ["sha2"])


def downgrade() -> None:
    op.drop_table("xapi_attached")
    op.drop_table("xapi_attachment")
