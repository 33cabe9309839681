"""The reference of benchmarks/lrs.py: a bare Flask route that checks nothing but JSON.

One INSERT with the columns of xapi_statement, on the same engine, with the same durability; and a
page of a hundred by an index. Not a record store: the floor under one. Touches its own table.
"""

import json
import os
import time
from itertools import count
from uuid import uuid4

from flask import Flask, Response, request
from sqlalchemy import text

from foundation.db import Database

DDL = (
    "CREATE TABLE IF NOT EXISTS bare (sid BIGINT PRIMARY KEY, tenant {uuid} NOT NULL,"
    " id {uuid} NOT NULL, body TEXT NOT NULL, hash {bytes} NOT NULL, moment BIGINT,"
    " authority {bytes} NOT NULL, voided_by BIGINT)",
    "CREATE UNIQUE INDEX IF NOT EXISTS uq_bare_tenant_id ON bare (tenant, id)",
    "CREATE INDEX IF NOT EXISTS ix_bare_authority ON bare (authority, sid)",
)
_INSERT = text(
    "INSERT INTO bare (sid, tenant, id, body, hash, moment, authority)"
    " VALUES (:sid, :tenant, :id, :body, :hash, :moment, :authority)"
)
_PAGE = text("SELECT body FROM bare WHERE authority = :authority ORDER BY sid DESC LIMIT 100")
_SIXTEEN = b"0123456789abcdef"


def application() -> Flask:
    """The reference around BARE_DATABASE_URL."""
    database = Database(os.environ["BARE_DATABASE_URL"])
    app = Flask(__name__)
    tenant = uuid4()
    numbers = count(time.time_ns())

    def row(body: str) -> dict[str, object]:
        sqlite = database.is_sqlite
        identity = uuid4()
        return {
            "sid": next(numbers),
            "tenant": tenant.hex if sqlite else tenant,
            "id": identity.hex if sqlite else identity,
            "body": body,
            "hash": _SIXTEEN,
            "moment": 1,
            "authority": _SIXTEEN,
        }

    @app.post("/bare")
    def insert() -> Response:
        data = request.get_data()
        found = json.loads(data)
        rows = [row(json.dumps(each)) for each in found] if isinstance(found, list) else [
            row(data.decode())
        ]  # fmt: skip
        with database.writing(tenant) as session:
            session.connection().execute(_INSERT, rows)
        return Response("[]", mimetype="application/json")

    @app.get("/bare")
    def page() -> Response:
        with database.reading(tenant) as session:
            bodies = session.connection().execute(_PAGE, {"authority": _SIXTEEN}).scalars()
            listed = ",".join(bodies)
        return Response(f'{{"statements":[{listed}]}}', mimetype="application/json")

    return app
