"""The application's tables: people, rubrics, activities, assessments, launches, delivery

Revision: 0001, after nothing
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("iri_base", sa.String(length=500), nullable=False),
        sa.Column("namespace", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "tenant",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant")),
    )
    op.create_table(
        "tool_key",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("private_pem", sa.Text(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tool_key")),
    )
    op.create_table(
        "course",
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("label", sa.String(length=255), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_course_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course")),
    )
    op.create_index(op.f("ix_course_tenant_id"), "course", ["tenant_id"], unique=False)
    op.create_table(
        "person",
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=True),
        sa.Column("given_name", sa.String(length=255), nullable=True),
        sa.Column("family_name", sa.String(length=255), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_person_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint(
            "tenant_id", "issuer", "subject", name=op.f("uq_person_tenant_id_issuer_subject")
        ),
    )
    op.create_index(op.f("ix_person_tenant_id"), "person", ["tenant_id"], unique=False)
    op.create_table(
        "proficiency_scale",
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("top", sa.Numeric(precision=6, scale=2), nullable=False),
        sa.Column("mastery", sa.Numeric(precision=6, scale=2), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_proficiency_scale_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proficiency_scale")),
        sa.UniqueConstraint(
            "tenant_id", "title", name=op.f("uq_proficiency_scale_tenant_id_title")
        ),
    )
    op.create_index(
        op.f("ix_proficiency_scale_tenant_id"), "proficiency_scale", ["tenant_id"], unique=False
    )
    op.create_table(
        "registration",
        sa.Column("home_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("client_id", sa.String(length=255), nullable=False),
        sa.Column("auth_login_url", sa.String(length=2000), nullable=False),
        sa.Column("auth_token_url", sa.String(length=2000), nullable=False),
        sa.Column("auth_audience", sa.String(length=2000), nullable=True),
        sa.Column("key_set_url", sa.String(length=2000), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("product_family", sa.String(length=100), nullable=True),
        sa.Column(
            "private_hosts",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        ),
        sa.Column("policy", sa.String(length=32), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["home_tenant_id"],
            ["tenant.id"],
            name=op.f("fk_registration_home_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
        sa.UniqueConstraint("issuer", "client_id", name=op.f("uq_registration_issuer_client_id")),
    )
    op.create_table(
        "browser_session",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_browser_session_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_browser_session_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_browser_session")),
    )
    op.create_index(
        op.f("ix_browser_session_expires_at"), "browser_session", ["expires_at"], unique=False
    )
    op.create_index(
        op.f("ix_browser_session_person_id"), "browser_session", ["person_id"], unique=False
    )
    op.create_index(
        op.f("ix_browser_session_tenant_id"), "browser_session", ["tenant_id"], unique=False
    )
    op.create_table(
        "deployment",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("deployment_id", sa.String(length=255), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_deployment_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_deployment_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployment")),
        sa.UniqueConstraint(
            "registration_id",
            "deployment_id",
            name=op.f("uq_deployment_registration_id_deployment_id"),
        ),
    )
    op.create_index(op.f("ix_deployment_tenant_id"), "deployment", ["tenant_id"], unique=False)
    op.create_table(
        "enrolment",
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk_enrolment_course_id_course"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_enrolment_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_enrolment_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint(
            "course_id", "person_id", name=op.f("uq_enrolment_course_id_person_id")
        ),
    )
    op.create_index(op.f("ix_enrolment_person_id"), "enrolment", ["person_id"], unique=False)
    op.create_index(op.f("ix_enrolment_tenant_id"), "enrolment", ["tenant_id"], unique=False)
    op.create_table(
        "framework",
        sa.Column("identifier", sa.Uuid(), nullable=False),
        sa.Column("scale_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("creator", sa.String(length=500), nullable=False),
        sa.Column("version", sa.String(length=50), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("licence", sa.String(length=200), nullable=False),
        sa.Column("attribution", sa.Text(), nullable=False),
        sa.Column(
            "extensions", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["scale_id"],
            ["proficiency_scale.id"],
            name=op.f("fk_framework_scale_id_proficiency_scale"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_framework_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_framework")),
        sa.UniqueConstraint(
            "tenant_id", "identifier", name=op.f("uq_framework_tenant_id_identifier")
        ),
    )
    op.create_index(op.f("ix_framework_tenant_id"), "framework", ["tenant_id"], unique=False)
    op.create_table(
        "learner_group",
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk_learner_group_course_id_course"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_learner_group_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learner_group")),
    )
    op.create_index(
        op.f("ix_learner_group_course_id"), "learner_group", ["course_id"], unique=False
    )
    op.create_index(
        op.f("ix_learner_group_tenant_id"), "learner_group", ["tenant_id"], unique=False
    )
    op.create_table(
        "login",
        sa.Column("state_digest", sa.String(length=64), nullable=False),
        sa.Column("nonce_digest", sa.String(length=64), nullable=False),
        sa.Column("browser_digest", sa.String(length=64), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("target_link_uri", sa.String(length=2000), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_login_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("state_digest", name=op.f("pk_login")),
    )
    op.create_index(op.f("ix_login_expires_at"), "login", ["expires_at"], unique=False)
    op.create_table(
        "proficiency_level",
        sa.Column("scale_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("threshold", sa.Numeric(precision=6, scale=2), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["scale_id"],
            ["proficiency_scale.id"],
            name=op.f("fk_proficiency_level_scale_id_proficiency_scale"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_proficiency_level_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proficiency_level")),
        sa.UniqueConstraint(
            "scale_id", "threshold", name=op.f("uq_proficiency_level_scale_id_threshold")
        ),
    )
    op.create_index(
        op.f("ix_proficiency_level_tenant_id"), "proficiency_level", ["tenant_id"], unique=False
    )
    op.create_table(
        "rubric",
        sa.Column("identifier", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk_rubric_course_id_course"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_rubric_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rubric")),
        sa.UniqueConstraint("tenant_id", "identifier", name=op.f("uq_rubric_tenant_id_identifier")),
    )
    op.create_index(op.f("ix_rubric_course_id"), "rubric", ["course_id"], unique=False)
    op.create_index(op.f("ix_rubric_tenant_id"), "rubric", ["tenant_id"], unique=False)
    op.create_table(
        "waiting_deployment",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("deployment_id", sa.String(length=255), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_waiting_deployment_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "registration_id", "deployment_id", name=op.f("pk_waiting_deployment")
        ),
    )
    op.create_table(
        "competency",
        sa.Column("framework_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("identifier", sa.Uuid(), nullable=False),
        sa.Column("uri", sa.String(length=1000), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("full_statement", sa.Text(), nullable=False),
        sa.Column("label", sa.String(length=255), nullable=False),
        sa.Column("item_type", sa.String(length=100), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=True),
        sa.Column("assessable", sa.Boolean(), nullable=False),
        sa.Column(
            "extensions", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["framework_id"],
            ["framework.id"],
            name=op.f("fk_competency_framework_id_framework"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["competency.id"],
            name=op.f("fk_competency_parent_id_competency"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_competency_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_competency")),
        sa.UniqueConstraint(
            "framework_id", "identifier", name=op.f("uq_competency_framework_id_identifier")
        ),
    )
    op.create_index(op.f("ix_competency_parent_id"), "competency", ["parent_id"], unique=False)
    op.create_index(op.f("ix_competency_tenant_id"), "competency", ["tenant_id"], unique=False)
    op.create_table(
        "group_member",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["learner_group.id"],
            name=op.f("fk_group_member_group_id_learner_group"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_group_member_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_group_member_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("group_id", "person_id", name=op.f("pk_group_member")),
    )
    op.create_index(op.f("ix_group_member_person_id"), "group_member", ["person_id"], unique=False)
    op.create_index(op.f("ix_group_member_tenant_id"), "group_member", ["tenant_id"], unique=False)
    op.create_table(
        "lti_context",
        sa.Column("deployment_id", sa.Uuid(), nullable=False),
        sa.Column("context_id", sa.String(length=255), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("memberships_url", sa.String(length=2000), nullable=True),
        sa.Column("lineitems_url", sa.String(length=2000), nullable=True),
        sa.Column(
            "ags_scopes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk_lti_context_course_id_course"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["deployment_id"],
            ["deployment.id"],
            name=op.f("fk_lti_context_deployment_id_deployment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_lti_context_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lti_context")),
        sa.UniqueConstraint(
            "deployment_id", "context_id", name=op.f("uq_lti_context_deployment_id_context_id")
        ),
    )
    op.create_index(op.f("ix_lti_context_course_id"), "lti_context", ["course_id"], unique=False)
    op.create_index(op.f("ix_lti_context_tenant_id"), "lti_context", ["tenant_id"], unique=False)
    op.create_table(
        "rubric_version",
        sa.Column("rubric_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rubric_id"],
            ["rubric.id"],
            name=op.f("fk_rubric_version_rubric_id_rubric"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_rubric_version_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rubric_version")),
        sa.UniqueConstraint("rubric_id", "number", name=op.f("uq_rubric_version_rubric_id_number")),
    )
    op.create_index(
        op.f("ix_rubric_version_tenant_id"), "rubric_version", ["tenant_id"], unique=False
    )
    op.create_table(
        "activity",
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("rubric_version_id", sa.Uuid(), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("method", sa.String(length=32), nullable=False),
        sa.Column("maximum", sa.Numeric(precision=8, scale=2), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.String(length=2000), nullable=True),
        sa.Column("counting", sa.String(length=32), nullable=False),
        sa.Column(
            "settings", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("maximum > 0", name=op.f("ck_activity_maximum_positive")),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk_activity_course_id_course"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["person.id"],
            name=op.f("fk_activity_created_by_id_person"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["rubric_version_id"],
            ["rubric_version.id"],
            name=op.f("fk_activity_rubric_version_id_rubric_version"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_activity_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
    )
    op.create_index(op.f("ix_activity_course_id"), "activity", ["course_id"], unique=False)
    op.create_index(op.f("ix_activity_tenant_id"), "activity", ["tenant_id"], unique=False)
    op.create_table(
        "criterion",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("identifier", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("weight", sa.Numeric(precision=8, scale=3), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("weight > 0", name=op.f("ck_criterion_weight_positive")),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_criterion_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["rubric_version.id"],
            name=op.f("fk_criterion_version_id_rubric_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criterion")),
    )
    op.create_index(op.f("ix_criterion_tenant_id"), "criterion", ["tenant_id"], unique=False)
    op.create_index(op.f("ix_criterion_version_id"), "criterion", ["version_id"], unique=False)
    op.create_table(
        "activity_alignment",
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("competency_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activity.id"],
            name=op.f("fk_activity_alignment_activity_id_activity"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["competency_id"],
            ["competency.id"],
            name=op.f("fk_activity_alignment_competency_id_competency"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_activity_alignment_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("activity_id", "competency_id", name=op.f("pk_activity_alignment")),
    )
    op.create_index(
        op.f("ix_activity_alignment_competency_id"),
        "activity_alignment",
        ["competency_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_activity_alignment_tenant_id"), "activity_alignment", ["tenant_id"], unique=False
    )
    op.create_table(
        "criterion_alignment",
        sa.Column("criterion_id", sa.Uuid(), nullable=False),
        sa.Column("competency_id", sa.Uuid(), nullable=False),
        sa.Column("weight", sa.Numeric(precision=8, scale=3), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("weight > 0", name=op.f("ck_criterion_alignment_weight_positive")),
        sa.ForeignKeyConstraint(
            ["competency_id"],
            ["competency.id"],
            name=op.f("fk_criterion_alignment_competency_id_competency"),
        ),
        sa.ForeignKeyConstraint(
            ["criterion_id"],
            ["criterion.id"],
            name=op.f("fk_criterion_alignment_criterion_id_criterion"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_criterion_alignment_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "criterion_id", "competency_id", name=op.f("pk_criterion_alignment")
        ),
    )
    op.create_index(
        op.f("ix_criterion_alignment_competency_id"),
        "criterion_alignment",
        ["competency_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_criterion_alignment_tenant_id"), "criterion_alignment", ["tenant_id"], unique=False
    )
    op.create_table(
        "level",
        sa.Column("criterion_id", sa.Uuid(), nullable=False),
        sa.Column("identifier", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("points", sa.Numeric(precision=8, scale=3), nullable=False),
        sa.Column("quality", sa.String(length=100), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("feedback", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["criterion_id"],
            ["criterion.id"],
            name=op.f("fk_level_criterion_id_criterion"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_level_tenant_id_tenant"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_level")),
        sa.UniqueConstraint(
            "criterion_id", "position", name=op.f("uq_level_criterion_id_position")
        ),
    )
    op.create_index(op.f("ix_level_tenant_id"), "level", ["tenant_id"], unique=False)
    op.create_table(
        "placement",
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activity.id"],
            name=op.f("fk_placement_activity_id_activity"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk_placement_course_id_course"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_placement_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement")),
    )
    op.create_index(op.f("ix_placement_activity_id"), "placement", ["activity_id"], unique=False)
    op.create_index(op.f("ix_placement_course_id"), "placement", ["course_id"], unique=False)
    op.create_index(op.f("ix_placement_tenant_id"), "placement", ["tenant_id"], unique=False)
    op.create_table(
        "attempt",
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("group_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(person_id IS NULL) <> (group_id IS NULL)", name=op.f("ck_attempt_person_or_group")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["learner_group.id"],
            name=op.f("fk_attempt_group_id_learner_group"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_attempt_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["placement_id"],
            ["placement.id"],
            name=op.f("fk_attempt_placement_id_placement"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_attempt_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sa.UniqueConstraint(
            "placement_id",
            "group_id",
            "number",
            name=op.f("uq_attempt_placement_id_group_id_number"),
        ),
        sa.UniqueConstraint(
            "placement_id",
            "person_id",
            "number",
            name=op.f("uq_attempt_placement_id_person_id_number"),
        ),
    )
    op.create_index(op.f("ix_attempt_group_id"), "attempt", ["group_id"], unique=False)
    op.create_index(op.f("ix_attempt_person_id"), "attempt", ["person_id"], unique=False)
    op.create_index(op.f("ix_attempt_tenant_id"), "attempt", ["tenant_id"], unique=False)
    op.create_table(
        "resource_link",
        sa.Column("deployment_id", sa.Uuid(), nullable=False),
        sa.Column("context_pk", sa.Uuid(), nullable=False),
        sa.Column("resource_link_id", sa.String(length=255), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("lineitem_url", sa.String(length=2000), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["context_pk"],
            ["lti_context.id"],
            name=op.f("fk_resource_link_context_pk_lti_context"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["deployment_id"],
            ["deployment.id"],
            name=op.f("fk_resource_link_deployment_id_deployment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["placement_id"],
            ["placement.id"],
            name=op.f("fk_resource_link_placement_id_placement"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_resource_link_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource_link")),
        sa.UniqueConstraint(
            "context_pk",
            "resource_link_id",
            name=op.f("uq_resource_link_context_pk_resource_link_id"),
        ),
    )
    op.create_index(
        op.f("ix_resource_link_deployment_id"), "resource_link", ["deployment_id"], unique=False
    )
    op.create_index(
        op.f("ix_resource_link_placement_id"), "resource_link", ["placement_id"], unique=False
    )
    op.create_index(
        op.f("ix_resource_link_tenant_id"), "resource_link", ["tenant_id"], unique=False
    )
    op.create_table(
        "assessment",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("assessor_id", sa.Uuid(), nullable=True),
        sa.Column("rubric_version_id", sa.Uuid(), nullable=False),
        sa.Column("supersedes_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessor_id"],
            ["person.id"],
            name=op.f("fk_assessment_assessor_id_person"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            ["attempt.id"],
            name=op.f("fk_assessment_attempt_id_attempt"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["rubric_version_id"],
            ["rubric_version.id"],
            name=op.f("fk_assessment_rubric_version_id_rubric_version"),
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id"],
            ["assessment.id"],
            name=op.f("fk_assessment_supersedes_id_assessment"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_assessment_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
        sa.UniqueConstraint(
            "attempt_id",
            "assessor_id",
            "role",
            "revision",
            name=op.f("uq_assessment_attempt_id_assessor_id_role_revision"),
        ),
    )
    op.create_index(op.f("ix_assessment_assessor_id"), "assessment", ["assessor_id"], unique=False)
    op.create_index(op.f("ix_assessment_tenant_id"), "assessment", ["tenant_id"], unique=False)
    op.create_table(
        "grade_delivery",
        sa.Column("resource_link_pk", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.Numeric(precision=8, scale=2), nullable=False),
        sa.Column("maximum", sa.Numeric(precision=8, scale=2), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("delivered", sa.Integer(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_comment", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_timestamp", sa.DateTime(timezone=True), nullable=True),
        sa.Column("uncertain", sa.Boolean(), nullable=False),
        sa.Column("reason_code", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_grade_delivery_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_grade_delivery_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["resource_link_pk"],
            ["resource_link.id"],
            name=op.f("fk_grade_delivery_resource_link_pk_resource_link"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_grade_delivery_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grade_delivery")),
        sa.UniqueConstraint(
            "resource_link_pk",
            "person_id",
            name=op.f("uq_grade_delivery_resource_link_pk_person_id"),
        ),
    )
    op.create_index(
        "ix_grade_delivery_due", "grade_delivery", ["state", "next_try_at"], unique=False
    )
    op.create_index(
        op.f("ix_grade_delivery_person_id"), "grade_delivery", ["person_id"], unique=False
    )
    op.create_index(
        op.f("ix_grade_delivery_registration_id"),
        "grade_delivery",
        ["registration_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_grade_delivery_tenant_id"), "grade_delivery", ["tenant_id"], unique=False
    )
    op.create_table(
        "launch_handle",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=True),
        sa.Column("resource_link_pk", sa.Uuid(), nullable=True),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column(
            "deep_linking", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True
        ),
        sa.Column(
            "frame_origins",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        ),
        sa.Column("locale", sa.String(length=35), nullable=False),
        sa.Column("test_student", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk_launch_handle_course_id_course"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_launch_handle_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["placement_id"],
            ["placement.id"],
            name=op.f("fk_launch_handle_placement_id_placement"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["resource_link_pk"],
            ["resource_link.id"],
            name=op.f("fk_launch_handle_resource_link_pk_resource_link"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_launch_handle_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_launch_handle")),
        sa.UniqueConstraint("digest", name=op.f("uq_launch_handle_digest")),
    )
    op.create_index(
        op.f("ix_launch_handle_course_id"), "launch_handle", ["course_id"], unique=False
    )
    op.create_index(
        op.f("ix_launch_handle_expires_at"), "launch_handle", ["expires_at"], unique=False
    )
    op.create_index(
        op.f("ix_launch_handle_person_id"), "launch_handle", ["person_id"], unique=False
    )
    op.create_index(
        op.f("ix_launch_handle_placement_id"), "launch_handle", ["placement_id"], unique=False
    )
    op.create_index(
        op.f("ix_launch_handle_resource_link_pk"),
        "launch_handle",
        ["resource_link_pk"],
        unique=False,
    )
    op.create_index(
        op.f("ix_launch_handle_tenant_id"), "launch_handle", ["tenant_id"], unique=False
    )
    op.create_table(
        "submission",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_by_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            ["attempt.id"],
            name=op.f("fk_submission_attempt_id_attempt"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by_id"],
            ["person.id"],
            name=op.f("fk_submission_submitted_by_id_person"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_submission_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint("attempt_id", "number", name=op.f("uq_submission_attempt_id_number")),
    )
    op.create_index(op.f("ix_submission_tenant_id"), "submission", ["tenant_id"], unique=False)
    op.create_table(
        "activity_score",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("share", sa.Numeric(precision=9, scale=8), nullable=True),
        sa.Column("points", sa.Numeric(precision=8, scale=2), nullable=True),
        sa.Column("maximum", sa.Numeric(precision=8, scale=2), nullable=False),
        sa.Column(
            "terms", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessment_id"],
            ["assessment.id"],
            name=op.f("fk_activity_score_assessment_id_assessment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            ["attempt.id"],
            name=op.f("fk_activity_score_attempt_id_attempt"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_activity_score_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_activity_score_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_score")),
        sa.UniqueConstraint(
            "attempt_id",
            "person_id",
            "revision",
            name=op.f("uq_activity_score_attempt_id_person_id_revision"),
        ),
    )
    op.create_index(
        op.f("ix_activity_score_assessment_id"), "activity_score", ["assessment_id"], unique=False
    )
    op.create_index(
        op.f("ix_activity_score_person_id"), "activity_score", ["person_id"], unique=False
    )
    op.create_index(
        op.f("ix_activity_score_tenant_id"), "activity_score", ["tenant_id"], unique=False
    )
    op.create_table(
        "competency_assertion",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("competency_id", sa.Uuid(), nullable=False),
        sa.Column("assessment_id", sa.Uuid(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("estimate", sa.Numeric(precision=6, scale=2), nullable=True),
        sa.Column("level", sa.String(length=100), nullable=True),
        sa.Column("at_mastery", sa.Boolean(), nullable=False),
        sa.Column("probability", sa.Numeric(precision=5, scale=4), nullable=True),
        sa.Column("interval_low", sa.Numeric(precision=5, scale=4), nullable=True),
        sa.Column("interval_high", sa.Numeric(precision=5, scale=4), nullable=True),
        sa.Column("certainty", sa.String(length=50), nullable=False),
        sa.Column("method", sa.String(length=32), nullable=False),
        sa.Column("parameter", sa.String(length=16), nullable=True),
        sa.Column("config_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "inputs", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("asserted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessment_id"],
            ["assessment.id"],
            name=op.f("fk_competency_assertion_assessment_id_assessment"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["competency_id"],
            ["competency.id"],
            name=op.f("fk_competency_assertion_competency_id_competency"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_competency_assertion_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_competency_assertion_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_competency_assertion")),
        sa.UniqueConstraint(
            "person_id",
            "competency_id",
            "revision",
            name=op.f("uq_competency_assertion_person_id_competency_id_revision"),
        ),
    )
    op.create_index(
        op.f("ix_competency_assertion_assessment_id"),
        "competency_assertion",
        ["assessment_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_competency_assertion_competency_id"),
        "competency_assertion",
        ["competency_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_competency_assertion_tenant_id"),
        "competency_assertion",
        ["tenant_id"],
        unique=False,
    )
    op.create_table(
        "criterion_rating",
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("criterion_id", sa.Uuid(), nullable=False),
        sa.Column("level_id", sa.Uuid(), nullable=True),
        sa.Column("not_observed", sa.Boolean(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "NOT (not_observed AND level_id IS NOT NULL)",
            name=op.f("ck_criterion_rating_one_answer"),
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"],
            ["assessment.id"],
            name=op.f("fk_criterion_rating_assessment_id_assessment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["criterion_id"],
            ["criterion.id"],
            name=op.f("fk_criterion_rating_criterion_id_criterion"),
        ),
        sa.ForeignKeyConstraint(
            ["level_id"], ["level.id"], name=op.f("fk_criterion_rating_level_id_level")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_criterion_rating_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("assessment_id", "criterion_id", name=op.f("pk_criterion_rating")),
    )
    op.create_index(
        op.f("ix_criterion_rating_tenant_id"), "criterion_rating", ["tenant_id"], unique=False
    )
    op.create_table(
        "evidence_item",
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(length=255), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("storage_key", sa.String(length=255), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submission.id"],
            name=op.f("fk_evidence_item_submission_id_submission"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_evidence_item_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_item")),
    )
    op.create_index(
        op.f("ix_evidence_item_submission_id"), "evidence_item", ["submission_id"], unique=False
    )
    op.create_index(
        op.f("ix_evidence_item_tenant_id"), "evidence_item", ["tenant_id"], unique=False
    )
    op.create_table(
        "evidence_value",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("competency_id", sa.Uuid(), nullable=False),
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("value", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.Column("top", sa.Numeric(precision=6, scale=2), nullable=False),
        sa.Column(
            "terms", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("dated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("standing", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessment_id"],
            ["assessment.id"],
            name=op.f("fk_evidence_value_assessment_id_assessment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            ["attempt.id"],
            name=op.f("fk_evidence_value_attempt_id_attempt"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["competency_id"],
            ["competency.id"],
            name=op.f("fk_evidence_value_competency_id_competency"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_evidence_value_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_evidence_value_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_value")),
        sa.UniqueConstraint(
            "attempt_id",
            "person_id",
            "competency_id",
            "revision",
            name=op.f("uq_evidence_value_attempt_id_person_id_competency_id_revision"),
        ),
    )
    op.create_index(
        op.f("ix_evidence_value_assessment_id"), "evidence_value", ["assessment_id"], unique=False
    )
    op.create_index(
        "ix_evidence_value_person_competency",
        "evidence_value",
        ["person_id", "competency_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_evidence_value_tenant_id"), "evidence_value", ["tenant_id"], unique=False
    )
    op.create_table(
        "window_ticket",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("handle_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["handle_id"],
            ["launch_handle.id"],
            name=op.f("fk_window_ticket_handle_id_launch_handle"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["browser_session.id"],
            name=op.f("fk_window_ticket_session_id_browser_session"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_window_ticket_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_window_ticket")),
    )
    op.create_index(
        op.f("ix_window_ticket_expires_at"), "window_ticket", ["expires_at"], unique=False
    )
    op.create_index(
        op.f("ix_window_ticket_handle_id"), "window_ticket", ["handle_id"], unique=False
    )
    op.create_index(
        op.f("ix_window_ticket_tenant_id"), "window_ticket", ["tenant_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_window_ticket_tenant_id"), table_name="window_ticket")
    op.drop_index(op.f("ix_window_ticket_handle_id"), table_name="window_ticket")
    op.drop_index(op.f("ix_window_ticket_expires_at"), table_name="window_ticket")
    op.drop_table("window_ticket")
    op.drop_index(op.f("ix_evidence_value_tenant_id"), table_name="evidence_value")
    op.drop_index("ix_evidence_value_person_competency", table_name="evidence_value")
    op.drop_index(op.f("ix_evidence_value_assessment_id"), table_name="evidence_value")
    op.drop_table("evidence_value")
    op.drop_index(op.f("ix_evidence_item_tenant_id"), table_name="evidence_item")
    op.drop_index(op.f("ix_evidence_item_submission_id"), table_name="evidence_item")
    op.drop_table("evidence_item")
    op.drop_index(op.f("ix_criterion_rating_tenant_id"), table_name="criterion_rating")
    op.drop_table("criterion_rating")
    op.drop_index(op.f("ix_competency_assertion_tenant_id"), table_name="competency_assertion")
    op.drop_index(op.f("ix_competency_assertion_competency_id"), table_name="competency_assertion")
    op.drop_index(op.f("ix_competency_assertion_assessment_id"), table_name="competency_assertion")
    op.drop_table("competency_assertion")
    op.drop_index(op.f("ix_activity_score_tenant_id"), table_name="activity_score")
    op.drop_index(op.f("ix_activity_score_person_id"), table_name="activity_score")
    op.drop_index(op.f("ix_activity_score_assessment_id"), table_name="activity_score")
    op.drop_table("activity_score")
    op.drop_index(op.f("ix_submission_tenant_id"), table_name="submission")
    op.drop_table("submission")
    op.drop_index(op.f("ix_launch_handle_tenant_id"), table_name="launch_handle")
    op.drop_index(op.f("ix_launch_handle_resource_link_pk"), table_name="launch_handle")
    op.drop_index(op.f("ix_launch_handle_placement_id"), table_name="launch_handle")
    op.drop_index(op.f("ix_launch_handle_person_id"), table_name="launch_handle")
    op.drop_index(op.f("ix_launch_handle_expires_at"), table_name="launch_handle")
    op.drop_index(op.f("ix_launch_handle_course_id"), table_name="launch_handle")
    op.drop_table("launch_handle")
    op.drop_index(op.f("ix_grade_delivery_tenant_id"), table_name="grade_delivery")
    op.drop_index(op.f("ix_grade_delivery_registration_id"), table_name="grade_delivery")
    op.drop_index(op.f("ix_grade_delivery_person_id"), table_name="grade_delivery")
    op.drop_index("ix_grade_delivery_due", table_name="grade_delivery")
    op.drop_table("grade_delivery")
    op.drop_index(op.f("ix_assessment_tenant_id"), table_name="assessment")
    op.drop_index(op.f("ix_assessment_assessor_id"), table_name="assessment")
    op.drop_table("assessment")
    op.drop_index(op.f("ix_resource_link_tenant_id"), table_name="resource_link")
    op.drop_index(op.f("ix_resource_link_placement_id"), table_name="resource_link")
    op.drop_index(op.f("ix_resource_link_deployment_id"), table_name="resource_link")
    op.drop_table("resource_link")
    op.drop_index(op.f("ix_attempt_tenant_id"), table_name="attempt")
    op.drop_index(op.f("ix_attempt_person_id"), table_name="attempt")
    op.drop_index(op.f("ix_attempt_group_id"), table_name="attempt")
    op.drop_table("attempt")
    op.drop_index(op.f("ix_placement_tenant_id"), table_name="placement")
    op.drop_index(op.f("ix_placement_course_id"), table_name="placement")
    op.drop_index(op.f("ix_placement_activity_id"), table_name="placement")
    op.drop_table("placement")
    op.drop_index(op.f("ix_level_tenant_id"), table_name="level")
    op.drop_table("level")
    op.drop_index(op.f("ix_criterion_alignment_tenant_id"), table_name="criterion_alignment")
    op.drop_index(op.f("ix_criterion_alignment_competency_id"), table_name="criterion_alignment")
    op.drop_table("criterion_alignment")
    op.drop_index(op.f("ix_activity_alignment_tenant_id"), table_name="activity_alignment")
    op.drop_index(op.f("ix_activity_alignment_competency_id"), table_name="activity_alignment")
    op.drop_table("activity_alignment")
    op.drop_index(op.f("ix_criterion_version_id"), table_name="criterion")
    op.drop_index(op.f("ix_criterion_tenant_id"), table_name="criterion")
    op.drop_table("criterion")
    op.drop_index(op.f("ix_activity_tenant_id"), table_name="activity")
    op.drop_index(op.f("ix_activity_course_id"), table_name="activity")
    op.drop_table("activity")
    op.drop_index(op.f("ix_rubric_version_tenant_id"), table_name="rubric_version")
    op.drop_table("rubric_version")
    op.drop_index(op.f("ix_lti_context_tenant_id"), table_name="lti_context")
    op.drop_index(op.f("ix_lti_context_course_id"), table_name="lti_context")
    op.drop_table("lti_context")
    op.drop_index(op.f("ix_group_member_tenant_id"), table_name="group_member")
    op.drop_index(op.f("ix_group_member_person_id"), table_name="group_member")
    op.drop_table("group_member")
    op.drop_index(op.f("ix_competency_tenant_id"), table_name="competency")
    op.drop_index(op.f("ix_competency_parent_id"), table_name="competency")
    op.drop_table("competency")
    op.drop_table("waiting_deployment")
    op.drop_index(op.f("ix_rubric_tenant_id"), table_name="rubric")
    op.drop_index(op.f("ix_rubric_course_id"), table_name="rubric")
    op.drop_table("rubric")
    op.drop_index(op.f("ix_proficiency_level_tenant_id"), table_name="proficiency_level")
    op.drop_table("proficiency_level")
    op.drop_index(op.f("ix_login_expires_at"), table_name="login")
    op.drop_table("login")
    op.drop_index(op.f("ix_learner_group_tenant_id"), table_name="learner_group")
    op.drop_index(op.f("ix_learner_group_course_id"), table_name="learner_group")
    op.drop_table("learner_group")
    op.drop_index(op.f("ix_framework_tenant_id"), table_name="framework")
    op.drop_table("framework")
    op.drop_index(op.f("ix_enrolment_tenant_id"), table_name="enrolment")
    op.drop_index(op.f("ix_enrolment_person_id"), table_name="enrolment")
    op.drop_table("enrolment")
    op.drop_index(op.f("ix_deployment_tenant_id"), table_name="deployment")
    op.drop_table("deployment")
    op.drop_index(op.f("ix_browser_session_tenant_id"), table_name="browser_session")
    op.drop_index(op.f("ix_browser_session_person_id"), table_name="browser_session")
    op.drop_index(op.f("ix_browser_session_expires_at"), table_name="browser_session")
    op.drop_table("browser_session")
    op.drop_table("registration")
    op.drop_index(op.f("ix_proficiency_scale_tenant_id"), table_name="proficiency_scale")
    op.drop_table("proficiency_scale")
    op.drop_index(op.f("ix_person_tenant_id"), table_name="person")
    op.drop_table("person")
    op.drop_index(op.f("ix_course_tenant_id"), table_name="course")
    op.drop_table("course")
    op.drop_table("tool_key")
    op.drop_table("tenant")
    op.drop_table("installation")
