"""The references of benchmarks/launch.py: a bare page, and the floor under any launch that lasts.

The floor has the same three requests and only what no tool can leave out: a random state in a
cookie, the signature of the id_token, one row that is committed durably, one row read for a small
page. It checks nothing else and remembers nobody. Touches its own table.
"""

import json
import os
import secrets

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from flask import Flask, Response, make_response, redirect, render_template_string, request
from sqlalchemy import text

from foundation.db import EVERY_TENANT, Database

KEY = "BARE_PLATFORM_KEY"
"""The environment variable with the platform's public key (PEM)."""

DDL = "CREATE TABLE IF NOT EXISTS floor (state VARCHAR(64) PRIMARY KEY, claims TEXT NOT NULL)"
_INSERT = text("INSERT INTO floor (state, claims) VALUES (:state, :claims)")
_SELECT = text("SELECT claims FROM floor WHERE state = :state")
_PAGE = "<!doctype html><title>Floor</title><h1>{{ claims.name }}</h1><p>{{ claims.iss }}</p>"


def application() -> Flask:
    """Both around BARE_DATABASE_URL."""
    database = Database(os.environ["BARE_DATABASE_URL"])
    key = load_pem_public_key(os.environ[KEY].encode())
    if not isinstance(key, RSAPublicKey):
        raise TypeError("the platform's key is not RSA")
    app = Flask(__name__)
    app.add_url_rule("/bare", view_func=lambda: "here")

    @app.post("/lti/login")
    def login() -> Response:
        state = secrets.token_urlsafe(32)
        address = f"{request.form['iss']}/auth?state={state}&nonce={secrets.token_urlsafe(16)}"
        return _go(address, state)

    @app.post("/lti/launch")
    def launch() -> Response:
        token = request.form["id_token"]
        claims = jwt.decode(token, key, ["RS256"], options={"verify_aud": False})
        row = {"state": request.cookies["floor"], "claims": json.dumps(claims)}
        with database.writing(EVERY_TENANT) as session:
            session.connection().execute(_INSERT, row)
        return _go("/page", row["state"])

    @app.get("/page")
    def page() -> str:
        with database.reading(EVERY_TENANT) as session:
            asked = {"state": request.cookies["floor"]}
            claims = json.loads(session.connection().execute(_SELECT, asked).scalar_one())
        return render_template_string(_PAGE, claims=claims)

    return app


def _go(address: str, state: str) -> Response:
    response = make_response(redirect(address, 303))
    response.set_cookie("floor", state, httponly=True)
    return response
