"""The columns of gradebooks: gone ones, and what is to be done; grades due by LMS and tenant

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "grade_column",
        sa.Column("resource_link_pk", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("made", sa.Boolean(), nullable=False),
        sa.Column("gone_url", sa.String(length=2000), nullable=True),
        sa.Column("task", sa.String(length=32), nullable=True),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("uncertain", sa.Boolean(), nullable=False),
        sa.Column("reason_code", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_grade_column_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["resource_link_pk"],
            ["resource_link.id"],
            name=op.f("fk_grade_column_resource_link_pk_resource_link"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_grade_column_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("resource_link_pk", name=op.f("pk_grade_column")),
    )
    op.create_index(op.f("ix_grade_column_tenant_id"), "grade_column", ["tenant_id"], unique=False)
    op.create_index(
        "ix_grade_column_due",
        "grade_column",
        ["registration_id", "tenant_id", "next_try_at"],
        unique=False,
    )
    op.drop_index("ix_grade_delivery_due", table_name="grade_delivery")
    op.drop_index(op.f("ix_grade_delivery_registration_id"), table_name="grade_delivery")
    with op.batch_alter_table("grade_delivery") as batch:
        batch.add_column(sa.Column("started_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True))
        batch.alter_column("next_try_at", existing_type=sa.DateTime(timezone=True), nullable=True)
    op.execute(
        "UPDATE grade_delivery SET next_try_at = NULL WHERE state IN ('delivered', 'refused')"
    )
    op.create_index(
        "ix_grade_delivery_due",
        "grade_delivery",
        ["registration_id", "tenant_id", "next_try_at", "id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("ix_grade_delivery_due", table_name="grade_delivery")
    op.execute("UPDATE grade_delivery SET next_try_at = created_at WHERE next_try_at IS NULL")
    op.execute("UPDATE grade_delivery SET state = 'none' WHERE state = 'gone'")
    with op.batch_alter_table("grade_delivery") as batch:
        batch.alter_column("next_try_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch.drop_column("submitted_at")
        batch.drop_column("started_at")
    op.create_index(
        op.f("ix_grade_delivery_registration_id"),
        "grade_delivery",
        ["registration_id"],
        unique=False,
    )
    op.create_index(
        "ix_grade_delivery_due", "grade_delivery", ["state", "next_try_at"], unique=False
    )
    op.drop_index("ix_grade_column_due", table_name="grade_column")
    op.drop_index(op.f("ix_grade_column_tenant_id"), table_name="grade_column")
    op.drop_table("grade_column")
