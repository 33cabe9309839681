"""What record stores most often get wrong, and the tests that say that this one does not.

Each number is a trap; a test below checks that every test named here exists.
"""

from importlib import import_module

import pytest

HTTP = "tests.xapi.resources.test_"
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
        [HTTP + "storing.test_eight_identical_puts_at_once_leave_one_row",
         STORE + "concurrency.test_eight_identical_statements_are_one_row"]),
    4: ("a batch is all or nothing, an id twice in it is 400",
        [HTTP + "storing.test_a_batch_is_all_or_nothing"]),
    5: ("no deadlock on shared ids, agents and activities",
        [STORE + "concurrency.test_batches_that_share_everything_in_other_orders_do_not_deadlock",
         HTTP + "known_things.test_batches_that_define_the_same_things_in_other_orders"]),
    6: ("of eight with the same precondition one wins",
        [HTTP + "documents_at_once.test_of_eight_that_make_a_document_one_wins",
         HTTP + "documents_at_once.test_of_eight_that_replace_the_same_one_wins"]),
    7: ("merges at once lose nothing; top level only; no JSON or a list is 400",
        [HTTP + "documents_at_once.test_merges_lose_nothing",
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
          STORE + "concurrency.test_a_pair_that_arrives_at_once_finds_each_other"]),
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
         [HTTP + "paging_at_once.test_more_is_stable_while_others_store",
          HTTP + "paging_at_once.test_ascending_meets_everything_once_in_the_order_of_stored",
          STORE + "query.test_since_is_exclusive_and_until_inclusive",
          STORE + "concurrency.test_sids_are_strictly_monotonic_over_writers"]),
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
         [STORE + "follow.test_readers_miss_nothing_of_many_writers",
          STORE + "follow.test_polling_by_since_waits_for_what_is_open"]),
}  # fmt: skip


def test_every_trap_is_here() -> None:
    assert list(TRAPS) == list(range(1, 26))


@pytest.mark.parametrize("number", list(TRAPS))
def test_the_tests_of_a_trap_exist(number: int) -> None:
    _, tests = TRAPS[number]
    assert tests
    for name in tests:
        module, _, function = name.rpartition(".")
        assert callable(getattr(import_module(module), function)), name
