import pytest

from rc_tail.config.tail_options import TailOptions
from rc_tail.errors import UsageError
from rc_tail.sinks.table import (
    COMMON_OPTIONS,
    FOREVER,
    SINKS,
    kind_named,
    parse_retries,
    sink_options,
)


def test_names_and_addresses_belong_to_one_kind_each():
    names = [kind.name for kind in SINKS]
    schemes = [scheme for kind in SINKS for scheme in kind.schemes]
    assert len(set(names)) == len(names)
    assert len(set(schemes)) == len(schemes)
    assert [kind_named(name) for name in names] == list(SINKS)


def test_the_table_of_options_has_them_all_once():
    options = sink_options()
    assert len({option.name for option in options}) == len(options)
    assert set(COMMON_OPTIONS) <= set(options)
    for kind in SINKS:
        assert set(kind.own_options) <= set(options)
        assert not kind.retries or kind.retries in {option.name for option in kind.options}


def test_retries_are_a_number_or_without_end():
    assert parse_retries("0", "--x") == 0
    assert parse_retries("forever", "--x") == FOREVER
    with pytest.raises(UsageError, match="forever"):
        parse_retries("-1", "--x")


def test_options_of_all_sinks_are_fields_of_the_tail():
    fields = set(TailOptions.__struct_fields__)
    assert {option.name for option in COMMON_OPTIONS} - {"sink_urls"} <= fields
