"""What readers of the store see of somebody who was erased, also while others go on writing."""

import json
import threading
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tests.xapi.conftest import Client, Site
from tests.xapi.multipart import KIND, attached, body, part
from tests.xapi.privacy import person
from tests.xapi.privacy.dump import mentions
from tests.xapi.privacy.person import ACTIVITY, MAIL, MARIA, NEEDLES, PAUL, SUBJECT
from tests.xapi.samples import pointing_at, statement
from tests.xapi.statements.test_signature import jws
from tests.xapi.store.helpers import put
from xapi.privacy import erasure
from xapi.privacy.pseudonym import Pseudonym
from xapi.statements.attachments import SIGNATURE

IRI_BASE = "https://twofold.example"


def erase(site: Site, tenant: UUID) -> Pseudonym:
    with site.database.writing(tenant) as session:
        task = erasure.begin(session, tenant, SUBJECT, IRI_BASE)
    while True:
        for _ in erasure.work(site.database, task, batch=2):
            pass
        with site.database.writing(tenant) as session:
            if erasure.finish(session, task) is not None:
                return task.pseudonym


def ids(client: Client, agent: Mapping[str, Any], **more: str) -> set[str]:
    asked = {"agent": json.dumps(agent), "limit": "0", **more}
    answer = client("GET", query_string=asked)
    assert answer.status_code == 200, answer.text
    return {one["id"] for one in json.loads(answer.data)["statements"]}


def test_readers_find_the_pseudonym_and_nobody_else(site: Site, tenant: UUID) -> None:
    person.tell(site.database, tenant)
    client = site.client(tenant)
    before = {key: ids(client, MARIA, **key_of(key)) for key in (False, True)}
    mails = {key: ids(client, MAIL, **key_of(key)) for key in (False, True)}
    new = erase(site, tenant).agent
    for key in (False, True):
        assert ids(client, new, **key_of(key)) == before[key] | mails[key]
        for old in (MARIA, MAIL):
            assert ids(client, old, **key_of(key)) == set()
    everything = client("GET", query_string={"limit": "0", "attachments": "true"})
    assert everything.status_code == 200
    assert b"Muster" not in everything.data
    assert person.POSTER in everything.data
    assert person.ESSAY not in everything.data
    met = client("GET", "/agents", query_string={"agent": json.dumps(MARIA)})
    assert "name" not in met.get_json()
    profiles = client("GET", "/agents/profile", query_string={"agent": json.dumps(MAIL)})
    assert profiles.get_json() == []
    states = {"agent": json.dumps(new), "activityId": ACTIVITY}
    assert client("GET", "/activities/state", query_string=states).get_json() == ["bookmark"]


def test_a_signature_goes_with_the_name_in_it(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    photo = b"\xff\xd8 a photo"
    sent = statement(actor=person.NAMED, attachments=[attached(photo)])
    data = jws(sent)
    files = [attached(data, usageType=SIGNATURE), attached(photo)]
    whole = body({**sent, "attachments": files}, part(data), part(photo))
    assert client("POST", data=whole, content_type=KIND).status_code == 200
    new = erase(site, tenant).agent
    asked = {"statementId": sent["id"], "attachments": "true"}
    answer = client("GET", query_string=asked)
    assert answer.status_code == 200
    assert photo not in answer.data
    assert data not in answer.data
    kept = json.loads(client("GET", query_string={"statementId": sent["id"]}).data)
    assert kept["actor"] == new
    assert "attachments" not in kept
    del sent["attachments"]
    again = client("PUT", query_string={"statementId": sent["id"]}, json=sent)
    assert again.status_code == 409


def key_of(related: bool) -> dict[str, str]:
    return {"related_agents": "true"} if related else {}


def test_others_go_on_writing_meanwhile(site: Site, tenant: UUID) -> None:
    """New statements of theirs, and references to hers that are found by her name, in parallel."""
    hers, his = person.tell(site.database, tenant)
    faults: list[Exception] = []
    written: list[str] = []

    def write(number: int) -> None:
        try:
            for _ in range(10):
                some = [statement(actor=PAUL), pointing_at(hers[number]["id"], actor=PAUL)]
                put(site.database, tenant, *some)
                written.extend(one["id"] for one in some)
        except Exception as error:  # noqa: BLE001 - told below
            faults.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    new = erase(site, tenant)
    for thread in threads:
        thread.join()
    assert faults == []
    assert mentions(site.database, *NEEDLES) == []
    kept = person.bodies(site.database, tenant)
    assert len(written) == 80
    assert {*written, *(one["id"] for one in [*hers, *his])} == set(kept)
    client = site.client(tenant)
    assert ids(client, MARIA, related_agents="true") == set()
    pointing = {one for one in written if json.loads(kept[one])["object"].get("id") != ACTIVITY}
    # Number 0 was voided; voided or not, what points at it is found by whom it is about.
    assert pointing <= ids(client, new.agent, related_agents="true")
