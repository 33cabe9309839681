"""The learning record store's tables

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


_INSTALL = (
    """ALTER TABLE xapi_statement ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id()""",
    """CREATE INDEX ix_xapi_statement_xid_sid ON xapi_statement (xid, sid)""",
    """CREATE SEQUENCE xapi_sid_sequence AS bigint MINVALUE 0 START 0""",
    """CREATE FUNCTION xapi_sid(tenant_lock integer, alone boolean, many integer) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  first bigint;
BEGIN
  PERFORM pg_current_xact_id();
  IF alone THEN
    PERFORM pg_advisory_xact_lock(7020003, tenant_lock);
  ELSE
    PERFORM pg_advisory_xact_lock_shared(7020003, tenant_lock);
  END IF;
  BEGIN
    PERFORM pg_advisory_lock(7020002);
    SELECT greatest(last_value + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
      INTO first FROM xapi_sid_sequence;
    PERFORM setval('xapi_sid_sequence', first + many - 1);
    PERFORM pg_advisory_unlock(7020002);
  EXCEPTION WHEN query_canceled OR OTHERS THEN
    PERFORM pg_advisory_unlock(7020002);
    RAISE;
  END;
  RETURN first;
END
$$""",
)
_UNINSTALL = ("DROP FUNCTION xapi_sid", "DROP SEQUENCE xapi_sid_sequence")


def upgrade() -> None:
    op.create_table(
        "xapi_conflict",
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sid", sa.BigInteger(), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", "hash", name=op.f("pk_xapi_conflict")),
    )
    op.create_table(
        "xapi_credential",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("secret_digest", sa.String(length=64), nullable=False),
        sa.Column(
            "scopes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_xapi_credential")),
    )
    op.create_index(op.f("ix_xapi_credential_tenant"), "xapi_credential", ["tenant"], unique=False)
    op.create_table(
        "xapi_reference",
        sa.Column("kind", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("sid", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("kind", "hash", "sid", name=op.f("pk_xapi_reference")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "xapi_statement",
        sa.Column(
            "sid",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=True),
        sa.Column("authority", sa.LargeBinary(length=16), nullable=False),
        sa.Column("voided_by", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_xapi_statement")),
    )
    op.create_index(
        "ix_xapi_statement_tenant_sid", "xapi_statement", ["tenant", "sid"], unique=False
    )
    op.create_index("uq_xapi_statement_tenant_id", "xapi_statement", ["tenant", "id"], unique=True)
    op.create_table(
        "xapi_target",
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("target", sa.Uuid(), nullable=False),
        sa.Column("sid", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("voids", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "target", "sid", name=op.f("pk_xapi_target")),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "postgresql":
        for sql in _INSTALL:
            op.execute(sql)


def downgrade() -> None:
    op.drop_table("xapi_target")
    op.drop_index("uq_xapi_statement_tenant_id", table_name="xapi_statement")
    op.drop_index("ix_xapi_statement_tenant_sid", table_name="xapi_statement")
    op.drop_table("xapi_statement")
    op.drop_table("xapi_reference")
    op.drop_index(op.f("ix_xapi_credential_tenant"), table_name="xapi_credential")
    op.drop_table("xapi_credential")
    op.drop_table("xapi_conflict")
    if op.get_bind().dialect.name == "postgresql":
        for sql in _UNINSTALL:
            op.execute(sql)
