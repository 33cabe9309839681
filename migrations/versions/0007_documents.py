"""The documents, activities and agents of the record store

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op


revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "xapi_document",
        sa.Column("key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("place", sa.LargeBinary(length=16), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("activity", sa.Text(), nullable=True),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.Column("agent_key", sa.LargeBinary(length=16), nullable=True),
        sa.Column("registration", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("etag", sa.String(length=40), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_xapi_document")),
    )
    op.create_index(op.f("ix_xapi_document_agent_key"), "xapi_document", ["agent_key"])
    op.create_index("ix_xapi_document_place_updated", "xapi_document", ["place", "updated"])
    op.create_index("ix_xapi_document_tenant_updated", "xapi_document", ["tenant", "updated"])
    op.create_table(
        "xapi_description",
        sa.Column("key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("sid", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", "hash", name=op.f("pk_xapi_description")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("xapi_description")
    op.drop_table("xapi_document")
