"""Until when an LMS wants to be left alone; when a class list first named somebody

Revision: 0021, after 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lms_limit",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_lms_limit_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_lms_limit")),
    )
    op.add_column("enrolment", sa.Column("listed_at", sa.DateTime(timezone=True), nullable=True))
    # Who never came can only have been listed.
    op.execute("UPDATE enrolment SET listed_at = seen_at WHERE came_at IS NULL")


def downgrade() -> None:
    op.drop_column("enrolment", "listed_at")
    op.drop_table("lms_limit")
