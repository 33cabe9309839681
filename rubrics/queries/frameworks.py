"""Where the skills come from: the credit that each framework's publisher asks for."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from rubrics.tables.frameworks import Framework


def credits(session: Session) -> dict[str, str]:
    """The attribution of every framework that has one, by title."""
    rows = session.execute(
        select(Framework.title, Framework.attribution)
        .where(Framework.attribution != "")
        .order_by(Framework.title)
    )
    return {row.title: row.attribution for row in rows}
