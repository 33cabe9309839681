"""What is a statement in 1.0.3 and in 2.0: tables of good and bad ones, with the error's place."""

from typing import Any

import pytest

from tests.xapi.samples import VOIDED, pointing_at, statement, voiding
from xapi.statements import validate
from xapi.statements.errors import V1, V2, VERSIONS, Invalid

ID = "6ee4ccd1-b2c4-4b7c-8c6d-0b4a4b9f0c11"
AGENT = {"mbox": "mailto:a@example.org"}
GROUP = {"objectType": "Group", "member": [AGENT]}
ACTIVITY = {"id": "https://example.org/a"}
SUB = {"objectType": "SubStatement", "actor": AGENT, "verb": {"id": "https://e.org/v"},
       "object": ACTIVITY}  # fmt: skip
FILE = {"usageType": "https://e.org/u", "display": {"en": "F"}, "contentType": "text/plain",
        "length": 3, "sha2": "a" * 64, "fileUrl": "https://e.org/f"}  # fmt: skip


def definition(**members: Any) -> dict[str, Any]:
    return {"object": {**ACTIVITY, "definition": members}}


def account(**members: Any) -> dict[str, Any]:
    return {"actor": {"account": members}}


GOOD: list[dict[str, Any]] = [
    {},
    {"actor": GROUP},
    {"actor": {"objectType": "Group", "mbox": "mailto:g@example.org"}},
    {"actor": {"objectType": "Agent", "openid": "https://id.example.org/a", "name": ""}},
    {"actor": {"mbox_sha1sum": "A" * 40}},
    {"object": {"objectType": "Agent", **AGENT}},
    {"object": GROUP},
    {"object": {"objectType": "StatementRef", "id": ID.upper()}},
    {"object": SUB},
    {"object": {**SUB, "object": {"objectType": "StatementRef", "id": ID}}},
    {"object": {**SUB, "timestamp": "2026-11-23T10:00:00+01:00"}},
    {"verb": {"id": "urn:x:y"}},
    {"verb": {"id": "https://example.org/é?q=ü#ß"}},
    {"verb": {"id": "https://e.org/v", "display": {"zh-Hant-TW": "x", "i-klingon": "", "x-a": ""}}},
    {"result": {"score": {"scaled": -1, "raw": 0, "min": -1.5, "max": 10**30}}},
    {"result": {"extensions": {"https://e.org/x": None, "https://e.org/y": [{"deep": {}}]}}},
    {"result": {"duration": "PT1.5S", "success": False, "completion": True, "response": ""}},
    {"context": {"contextActivities": {"parent": ACTIVITY, "other": [ACTIVITY], "category": []}}},
    {"context": {"registration": ID, "revision": "1", "platform": "p", "language": "de-CH"}},
    {"context": {"instructor": GROUP, "team": GROUP}},
    {"context": {"statement": {"objectType": "StatementRef", "id": ID}}},
    {"attachments": [FILE]},
    {"authority": {"objectType": "Group", "member": [AGENT, {"openid": "https://e.org/i"}]}},
    {"stored": "2026-11-23T10:00:00Z", "version": "1.0.9"},
    {"version": "1.0"},
    definition(type="https://e.org/t", moreInfo="https://e.org/m", name={"en": "n"}),
    definition(interactionType="choice", choices=[{"id": "a"}, {"id": "b", "description": {}}],
               correctResponsesPattern=["a[,]b"]),
    definition(interactionType="matching", source=[{"id": "a"}], target=[{"id": "a"}]),
]  # fmt: skip

BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"actor": None}, "statement.actor.missing", "$.actor"),
    ({"verb": None}, "statement.verb.missing", "$.verb"),
    ({"object": None}, "statement.object.missing", "$.object"),
    ({"id": "1"}, "statement.id.value", "$.id"),
    ({"id": "{" + ID + "}"}, "statement.id.value", "$.id"),
    ({"extra": 1}, "statement.unknown", "$"),
    ({"actor": "me"}, "statement.actor.type", "$.actor"),
    ({"actor": {"name": "N"}}, "statement.actor.ifi", "$.actor"),
    ({"actor": {**AGENT, "openid": "https://e.org"}}, "statement.actor.ifi", "$.actor"),
    ({"actor": {**AGENT, "objectType": "agent"}}, "statement.actor.objectType.value",
     "$.actor.objectType"),
    ({"actor": {"mbox": "a@example.org"}}, "statement.actor.mbox.value", "$.actor.mbox"),
    ({"actor": {"mbox": "mailto:a@b@c"}}, "statement.actor.mbox.value", "$.actor.mbox"),
    ({"actor": {"mbox": "mailto:"}}, "statement.actor.mbox.value", "$.actor.mbox"),
    ({"actor": {"mbox": "mailto:a b@c.d"}}, "statement.actor.mbox.value", "$.actor.mbox"),
    ({"actor": {"mbox_sha1sum": "abc"}}, "statement.actor.mbox_sha1sum.value",
     "$.actor.mbox_sha1sum"),
    (account(homePage="https://e.org"), "statement.actor.account.name.missing",
     "$.actor.account.name"),
    (account(homePage="e.org", name="n"), "statement.actor.account.homePage.value",
     "$.actor.account.homePage"),
    ({"actor": {"objectType": "Group"}}, "statement.actor.member.missing", "$.actor.member"),
    ({"actor": {"objectType": "Group", "member": []}}, "statement.actor.member.value",
     "$.actor.member"),
    ({"actor": {**GROUP, "member": [GROUP]}}, "statement.actor.member.objectType.value",
     "$.actor.member[0].objectType"),
    ({"actor": {**GROUP, "member": [AGENT, {}]}}, "statement.actor.member.ifi",
     "$.actor.member[1]"),
    ({"actor": {**AGENT, "member": []}}, "statement.actor.unknown", "$.actor"),
    ({"verb": {"id": "verb"}}, "statement.verb.id.value", "$.verb.id"),
    ({"verb": {"id": "https://a b"}}, "statement.verb.id.value", "$.verb.id"),
    ({"verb": {"id": "https://e.org/%zz"}}, "statement.verb.id.value", "$.verb.id"),
    ({"verb": {"id": "ab=c://e.org"}}, "statement.verb.id.value", "$.verb.id"),
    ({"verb": {"id": "https://e.org/v", "display": {"en_US": "x"}}},
     "statement.verb.display.key", "$.verb.display"),
    ({"verb": {"id": "https://e.org/v", "display": {"a12345678": "x"}}},
     "statement.verb.display.key", "$.verb.display"),
    ({"verb": {"id": "https://e.org/v", "display": {"en": None}}}, "statement.verb.display.type",
     "$.verb.display.en"),
    ({"object": {**ACTIVITY, "objectType": "activity"}}, "statement.object.objectType.value",
     "$.object.objectType"),
    ({"object": {**SUB, "id": ID}}, "statement.object.unknown", "$.object"),
    ({"object": {**SUB, "stored": "2026-11-23T10:00:00Z"}}, "statement.object.unknown",
     "$.object"),
    ({"object": {**SUB, "object": SUB}}, "statement.object.object.objectType.value",
     "$.object.object.objectType"),
    ({"object": {"objectType": "StatementRef"}}, "statement.object.id.missing", "$.object.id"),
    ({"verb": {"id": VOIDED}}, "statement.object.objectType.missing", "$.object.objectType"),
    ({"verb": {"id": VOIDED}, "object": {**SUB}}, "statement.object.objectType.value",
     "$.object.objectType"),
    ({"result": {"score": {"scaled": 1.01}}}, "statement.result.score.scaled.value",
     "$.result.score.scaled"),
    ({"result": {"score": {"raw": 11, "max": 10}}}, "statement.result.score.value",
     "$.result.score"),
    ({"result": {"score": {"raw": 1, "min": 2}}}, "statement.result.score.value",
     "$.result.score"),
    ({"result": {"score": {"min": 2, "max": 2}}}, "statement.result.score.value",
     "$.result.score"),
    ({"result": {"score": {"raw": "5"}}}, "statement.result.score.raw.type",
     "$.result.score.raw"),
    ({"result": {"score": {"raw": True}}}, "statement.result.score.raw.type",
     "$.result.score.raw"),
    ({"result": {"success": "true"}}, "statement.result.success.type", "$.result.success"),
    ({"result": {"duration": "P1DT"}}, "statement.result.duration.value", "$.result.duration"),
    ({"result": {"extensions": {"x": 1}}}, "statement.result.extensions.key",
     "$.result.extensions"),
    ({"result": {"response": None}}, "statement.result.response.type", "$.result.response"),
    ({"context": {"language": "a"}}, "statement.context.language.value", "$.context.language"),
    ({"context": {"team": AGENT}}, "statement.context.team.objectType.missing",
     "$.context.team.objectType"),
    ({"context": {"contextActivities": {"parents": []}}},
     "statement.context.contextActivities.unknown", "$.context.contextActivities"),
    ({"context": {"contextActivities": {"parent": [{"objectType": "Agent", **AGENT}]}}},
     "statement.context.contextActivities.parent.objectType.value",
     "$.context.contextActivities.parent[0].objectType"),
    ({"context": {"statement": {"id": ID}}}, "statement.context.statement.objectType.missing",
     "$.context.statement.objectType"),
    ({"object": GROUP, "context": {"revision": "1"}}, "statement.context.revision.forbidden",
     "$.context.revision"),
    ({"object": SUB, "context": {"platform": "1"}}, "statement.context.platform.forbidden",
     "$.context.platform"),
    ({"object": {**SUB, "object": GROUP, "context": {"platform": "1"}}},
     "statement.object.context.platform.forbidden", "$.object.context.platform"),
    ({"timestamp": "2026-02-30T00:00:00Z"}, "statement.timestamp.value", "$.timestamp"),
    ({"timestamp": "2026-11-23T10:00:00-00:00"}, "statement.timestamp.value", "$.timestamp"),
    ({"stored": "now"}, "statement.stored.value", "$.stored"),
    ({"version": "1.1.0"}, "statement.version.value", "$.version"),
    ({"version": "0.9"}, "statement.version.value", "$.version"),
    ({"authority": GROUP}, "statement.authority.member.value", "$.authority.member"),
    ({"authority": {"objectType": "Group", **AGENT, "member": [AGENT, AGENT]}},
     "statement.authority.mbox.forbidden", "$.authority.mbox"),
    ({"attachments": [{**FILE, "length": -1}]}, "statement.attachments.length.value",
     "$.attachments[0].length"),
    ({"attachments": [{**FILE, "sha2": "xyz"}]}, "statement.attachments.sha2.value",
     "$.attachments[0].sha2"),
    ({"attachments": [{**FILE, "contentType": "text"}]}, "statement.attachments.contentType.value",
     "$.attachments[0].contentType"),
    ({"attachments": FILE}, "statement.attachments.type", "$.attachments"),
    (definition(choices=[{"id": "a"}]), "statement.object.definition.interactionType.missing",
     "$.object.definition.interactionType"),
    (definition(interactionType="choice", scale=[{"id": "a"}]),
     "statement.object.definition.interactionType.value", "$.object.definition.interactionType"),
    (definition(interactionType="choice", choices=[{"id": "a"}, {"id": "a"}]),
     "statement.object.definition.choices.value", "$.object.definition.choices"),
    (definition(interactionType="quiz"), "statement.object.definition.interactionType.value",
     "$.object.definition.interactionType"),
    (definition(moreInfo="see there"), "statement.object.definition.moreInfo.value",
     "$.object.definition.moreInfo"),
]  # fmt: skip


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("changes", GOOD, ids=str)
def test_good_statements(changes: dict[str, Any], version: str) -> None:
    validate.check(statement(**changes), version)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("changes", "code", "path"), BAD, ids=str)
def test_bad_statements(changes: dict[str, Any], code: str, path: str, version: str) -> None:
    with pytest.raises(Invalid) as caught:
        validate.check(statement(**changes), version)
    assert (caught.value.code, caught.value.path) == (code, path)
    assert caught.value.message
    assert caught.value.spec.startswith("xAPI 1.0.3 Data 2" if version == V1 else "IEEE 9274.1.1 4")


@pytest.mark.parametrize("version", VERSIONS)
def test_voiding_and_pointing(version: str) -> None:
    validate.check(voiding(ID), version)
    validate.check(pointing_at(ID), version)


def entry(kind: str, **members: Any) -> dict[str, Any]:
    return {"context": {f"{kind}s": [{"objectType": kind, **members}]}}


def test_context_agents_and_groups_are_new_in_2() -> None:
    for good in (
        entry("contextAgent", agent=AGENT),
        entry("contextAgent", agent=AGENT, relevantTypes=["https://e.org/t"]),
        entry("contextGroup", group=GROUP, relevantTypes=["https://e.org/t"]),
    ):
        validate.check(statement(**good), V2)
        with pytest.raises(Invalid, match=r"statement\.context\.unknown"):
            validate.check(statement(**good), V1)


@pytest.mark.parametrize(
    "changes",
    [
        entry("contextAgent"),
        entry("contextAgent", agent=GROUP),
        entry("contextAgent", agent=AGENT, relevantTypes=[]),
        entry("contextAgent", agent=AGENT, relevantTypes=["type"]),
        entry("contextGroup", group=AGENT),
        {"context": {"contextAgents": [{"agent": AGENT}]}},
        {"timestamp": "2026-11-23T10:00:00"},
    ],
    ids=str,
)
def test_what_2_refuses(changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        validate.check(statement(**changes), V2)


def test_what_the_versions_judge_differently() -> None:
    validate.check(statement(timestamp="2026-11-23T10:00:00"), V1)
    validate.check(statement(version="2.0.0"), V2)
    with pytest.raises(Invalid):
        validate.check(statement(version="2.0.0"), V1)


def test_a_fault_says_everything_in_its_body() -> None:
    with pytest.raises(Invalid) as caught:
        validate.check(statement(actor={}), V1)
    assert caught.value.under("$[3]").body() == {
        "error": {
            "code": "statement.actor.ifi",
            "path": "$[3].actor",
            "message": "needs exactly one of mbox, mbox_sha1sum, openid, account",
            "spec": "xAPI 1.0.3 Data 2.4.2",
        }
    }
