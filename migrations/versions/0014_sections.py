"""Sections and groups of courses, and who is in them

Revision: 0014, after 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lti_context", sa.Column("groups_url", sa.String(length=2000), nullable=True))
    op.add_column("lti_context", sa.Column("group_sets_url", sa.String(length=2000), nullable=True))
    op.add_column(
        "lti_context", sa.Column("groups_said_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_table(
        "course_group",
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("set_name", sa.String(length=255), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk_course_group_course_id_course"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_course_group_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_group")),
        sa.UniqueConstraint(
            "course_id", "kind", "key", name=op.f("uq_course_group_course_id_kind_key")
        ),
    )
    op.create_index(op.f("ix_course_group_tenant_id"), "course_group", ["tenant_id"], unique=False)
    op.create_table(
        "course_group_member",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["course_group.id"],
            name=op.f("fk_course_group_member_group_id_course_group"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_course_group_member_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_course_group_member_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("group_id", "person_id", name=op.f("pk_course_group_member")),
    )
    op.create_index(
        op.f("ix_course_group_member_person_id"), "course_group_member", ["person_id"], unique=False
    )
    op.create_index(
        op.f("ix_course_group_member_tenant_id"), "course_group_member", ["tenant_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_course_group_member_tenant_id"), table_name="course_group_member")
    op.drop_index(op.f("ix_course_group_member_person_id"), table_name="course_group_member")
    op.drop_table("course_group_member")
    op.drop_index(op.f("ix_course_group_tenant_id"), table_name="course_group")
    op.drop_table("course_group")
    op.drop_column("lti_context", "groups_said_at")
    op.drop_column("lti_context", "group_sets_url")
    op.drop_column("lti_context", "groups_url")
