"""Class lists of the LMSs: who never came, who left, and when each list was read

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op


revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("enrolment", sa.Column("came_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("enrolment", sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
    # Until now nobody was enrolled but by coming.
    op.execute("UPDATE enrolment SET came_at = seen_at")
    op.create_table(
        "roster",
        sa.Column("context_pk", sa.Uuid(), nullable=False),
        sa.Column("next_read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("joined", sa.Integer(), nullable=False),
        sa.Column("left", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("reason_code", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["context_pk"],
            ["lti_context.id"],
            name=op.f("fk_roster_context_pk_lti_context"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_roster_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("context_pk", name=op.f("pk_roster")),
    )
    op.create_index(op.f("ix_roster_tenant_id"), "roster", ["tenant_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_roster_tenant_id"), table_name="roster")
    op.drop_table("roster")
    op.drop_column("enrolment", "left_at")
    op.drop_column("enrolment", "came_at")
