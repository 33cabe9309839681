"""What a statement mentions directly is not kept a second time as related

Revision: 0015, after 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_PAIRS = ((1, 2), (4, 5))
"""Agents and activities: the kind of a direct mention, and that of a related one."""


def upgrade() -> None:
    for direct, related in _PAIRS:
        op.execute(
            sa.text(
                "DELETE FROM xapi_reference WHERE kind = :related AND EXISTS (SELECT 1"
                " FROM xapi_reference AS twin WHERE twin.kind = :direct"
                " AND twin.hash = xapi_reference.hash AND twin.sid = xapi_reference.sid)"
            ).bindparams(direct=direct, related=related)
        )


def downgrade() -> None:
    for direct, related in _PAIRS:
        op.execute(
            sa.text(
                "INSERT INTO xapi_reference (kind, hash, sid)"
                " SELECT CAST(:related AS smallint), hash, sid FROM xapi_reference"
                " WHERE kind = :direct ON CONFLICT DO NOTHING"
            ).bindparams(direct=direct, related=related)
        )
