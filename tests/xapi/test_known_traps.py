"""What record stores most often get wrong, and the tests that say that this one does not.

Each number is a trap; below it is checked that every test named here is one that pytest runs and
that nothing passes over it.
"""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HTTP = "tests.xapi.resources.test_"
AT_ONCE = "tests.xapi.processes.test_"
STORE = "tests.xapi.store.test_"
PURE = "tests.xapi.statements.test_"

TRAPS: dict[int, tuple[str, list[str]]] = {
    1: ("the identical PUT twice is 204",
        [HTTP + "storing.test_put_the_identical_statement_twice"]),
    2: ("zone, key order, verb.display and definitions make no conflict; durations at 0.01 s",
        [PURE + "prepare.test_what_makes_no_difference",
         PURE + "prepare.test_what_makes_a_difference",
         PURE + "times.test_durations_are_compared_at_a_hundredth",
         HTTP + "storing.test_put_the_identical_statement_twice"]),
    3: ("eight identical PUTs at once leave one row",
        [AT_ONCE + "statements_at_once.test_eight_identical_puts_leave_one_row",
         AT_ONCE + "statements_at_once.test_of_eight_with_one_id_one_is_stored"]),
    4: ("a batch is all or nothing, an id twice in it is 400",
        [HTTP + "storing.test_a_batch_is_all_or_nothing"]),
    5: ("no deadlock on shared ids, agents and activities",
        [AT_ONCE + "statements_at_once"
         ".test_batches_that_share_everything_in_other_orders_do_not_deadlock"]),
    6: ("of eight with the same precondition one wins",
        [AT_ONCE + "documents_at_once.test_of_eight_that_make_a_document_one_wins",
         AT_ONCE + "documents_at_once.test_of_eight_that_replace_the_same_one_wins"]),
    7: ("merges at once lose nothing; top level only; no JSON or a list is 400",
        [AT_ONCE + "documents_at_once.test_merges_lose_nothing",
         HTTP + "documents.test_post_merges_the_top_level_and_spares_numbers",
         HTTP + "documents.test_what_cannot_be_merged"]),
    8: ("documents and attachments come back byte for byte",
        [HTTP + "documents.test_a_document_comes_back_byte_for_byte",
         HTTP + "attachments.test_bytes_come_back_as_they_were",
         HTTP + "multipart.test_parts_come_out_as_they_went_in"]),
    9: ("sha2 is checked, parts too many or missing are 400, a signature signs this statement",
        [HTTP + "attachments.test_what_is_refused",
         HTTP + "attachments.test_digests",
         PURE + "signature.test_payloads_that_are_another_statement",
         HTTP + "signed.test_a_signed_statement"]),
    10: ("voiding hides; an unknown target is accepted; a void cannot be voided",
         [HTTP + "storing.test_voiding",
          STORE + "links.test_a_voided_statement_is_hidden",
          STORE + "links.test_voiding_something_unknown_is_accepted",
          STORE + "links.test_a_void_cannot_be_voided"]),
    11: ("filters match through StatementRefs, also when the target comes later",
         [STORE + "links.test_filters_match_through_references",
          AT_ONCE + "statements_at_once.test_a_pair_that_arrives_at_once_finds_each_other",
          STORE + "concurrency.test_what_waits_for_its_voiding_is_voided"]),
    12: ("NUL, surrogates, NaN, bad UTF-8, duplicate keys, deep nesting: 400",
         [HTTP + "storing.test_what_no_store_should_swallow",
          PURE + "parse.test_what_is_refused"]),
    13: ("extensions are exact", [HTTP + "storing.test_extensions_come_back_exactly"]),
    14: ("timestamps: UTC, no -00:00, no 30 February, no zone is UTC",
         [PURE + "times.test_a_timestamp_is_written_in_utc_with_its_digits",
          PURE + "times.test_what_is_no_timestamp",
          PURE + "times.test_every_moment_survives_any_zone"]),
    15: ("P1DT and -PT1S are no durations", [PURE + "times.test_what_is_no_duration"]),
    16: ("IRIs, mailto and language tags are checked",
         [PURE + "validate.test_bad_statements", PURE + "validate.test_good_statements"]),
    17: ("without credentials 401 with WWW-Authenticate",
         [HTTP + "headers.test_who_is_not_let_in"]),
    18: ("a Person also of an agent never seen; names are merged",
         [HTTP + "known_things.test_a_person_has_every_name_of_the_agent"]),
    19: ("related_agents covers authority, sub-statements, contextAgents, groups and members",
         [PURE + "prepare.test_what_a_statement_is_found_by", STORE + "query.test_filters",
          PURE + "validate.test_context_agents_and_groups_are_new_in_2"]),
    20: ("parameters are strict",
         [HTTP + "reading.test_parameters_are_strict",
          HTTP + "documents.test_parameters_are_strict",
          HTTP + "known_things.test_parameters"]),
    21: ("more is stable, since exclusive, until inclusive, stored strictly monotonic",
         [AT_ONCE + "reading_at_once.test_more_is_stable_while_others_store",
          AT_ONCE + "reading_at_once.test_ascending_meets_everything_once_in_the_order_of_stored",
          STORE + "query.test_since_is_exclusive_and_until_inclusive"]),
    22: ("formats; Accept-Language with q-values, on verbs too",
         [HTTP + "reading.test_formats", PURE + "formats.test_canonical_keeps_one_language",
          PURE + "formats.test_accept_language",
          HTTP + "known_things.test_canonical_uses_what_is_known"]),
    23: ("HEAD everywhere, quoted ETags, Consistent-Through on errors, Last-Modified in 2.0",
         [HTTP + "headers.test_head_is_get_without_a_body",
          HTTP + "headers.test_every_answer_says_how_fresh_it_is",
          HTTP + "headers.test_last_modified_comes_with_2",
          HTTP + "documents.test_a_document_comes_back_byte_for_byte",
          HTTP + "known_things.test_parameters"]),
    24: ("CORS for browser clients",
         [HTTP + "headers.test_browsers_of_other_origins",
          HTTP + "admission.test_origins_of_a_credential"]),
    25: ("who polls since while transactions commit out of order misses nothing",
         [AT_ONCE + "reading_at_once.test_who_polls_since_misses_nothing_that_commits_late",
         STORE + "follow.test_a_follower_misses_nothing_of_many_writers",
          STORE + "follow.test_polling_by_since_waits_for_what_is_open"]),
}  # fmt: skip


AMONG_PROCESSES = {3, 5, 6, 7, 11, 21, 25}
"""Those that only show where several processes serve at once."""
PASSED_OVER = {"skip", "skipif", "xfail", "importorskip"}


def test_every_trap_is_here() -> None:
    assert list(TRAPS) == list(range(1, 26))


@pytest.mark.parametrize("number", list(TRAPS))
def test_the_tests_of_a_trap_are_run(number: int) -> None:
    _, tests = TRAPS[number]
    assert len(tests) == len(set(tests)) > 0
    for name in tests:
        module, _, function = name.rpartition(".")
        # A second of the same name would hide the first from pytest.
        assert [one.name for one in _functions(module)].count(function) == 1, name
        beside = (one for one in _parsed(module).body if not isinstance(one, ast.FunctionDef))
        for part in (_function(name), *beside):
            assert not PASSED_OVER & _words(part), name


@pytest.mark.parametrize("number", sorted(AMONG_PROCESSES))
def test_what_happens_among_processes_is_tried_among_processes(number: int) -> None:
    tests = [name for name in TRAPS[number][1] if name.startswith(AT_ONCE)]
    assert tests
    for name in tests:
        assert "lines" in [argument.arg for argument in _function(name).args.args], name


def _function(name: str) -> ast.FunctionDef:
    module, _, function = name.rpartition(".")
    return next(one for one in _functions(module) if one.name == function)


def _functions(module: str) -> list[ast.FunctionDef]:
    return [one for one in _parsed(module).body if isinstance(one, ast.FunctionDef)]


@cache
def _parsed(module: str) -> ast.Module:
    path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    assert path.name.startswith("test_"), f"pytest does not look into {path}"
    return ast.parse(path.read_text(encoding="utf-8"))


def _words(part: ast.AST) -> set[str]:
    """The last name of whatever is marked or called."""
    return {node.attr for node in ast.walk(part) if isinstance(node, ast.Attribute)}
