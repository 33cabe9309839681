"""Signed statements through HTTP, on both engines."""

from typing import Any
from uuid import UUID

import pytest

from tests.xapi.conftest import Site
from tests.xapi.multipart import KIND, attached, body, part
from tests.xapi.samples import statement
from tests.xapi.statements.test_signature import certificate, jws
from xapi.statements.attachments import SIGNATURE


def signed(sent: dict[str, Any], data: bytes, **changes: Any) -> dict[str, Any]:
    return {**sent, "attachments": [attached(data, usageType=SIGNATURE, **changes)]}


@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
def test_a_signed_statement(site: Site, tenant: UUID, version: str) -> None:
    client = site.client(tenant, version=version)
    sent = statement()
    data = jws(sent, x5c=[certificate()])
    good = body(signed(sent, data), part(data))
    assert client("POST", data=good, content_type=KIND).status_code == 200
    other = statement()
    for changed in (signed(other, data), [statement(), signed(other, data)]):
        refused = client("POST", data=body(changed, part(data)), content_type=KIND)
        error = refused.get_json()["error"]
        assert (refused.status_code, error["code"]) == (400, "signature.payload")
        place = "$[1].attachments[0]" if isinstance(changed, list) else "$.attachments[0]"
        assert error["path"] == place
    assert len(client("GET").get_json()["statements"]) == 1


def test_what_a_signature_must_be(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    sent = statement()
    data = jws(sent)
    text = body(signed(sent, data, contentType="text/plain"), part(data))
    refused = client("POST", data=text, content_type=KIND)
    assert refused.get_json()["error"]["code"] == "attachment.signature"
    elsewhere = signed(sent, data, fileUrl="https://example.org/signature")
    refused = client("POST", json=elsewhere)
    assert refused.get_json()["error"]["code"] == "attachment.missing"
    broken = body(signed(sent, b"a.b"), part(b"a.b"))
    refused = client("POST", data=broken, content_type=KIND)
    assert refused.get_json()["error"]["code"] == "signature.form"
