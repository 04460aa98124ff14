from random import Random

import pytest

from rc_tail.simulator.traffic.outsiders import (
    ANONYMOUS,
    number_parts,
    random_caller,
    random_outsider,
    random_post,
    random_text,
)


def test_the_same_number_always_has_the_same_name():
    random = Random(1)
    met = [random_outsider(random) for _ in range(500)]
    assert len({s.number for s in met}) == len(set(met))
    # 555-01xx is kept for fiction.
    assert all(s.number.startswith("+165055501") for s in met)
    assert {bool(s.name) for s in met} == {True, False}


def test_who_calls_is_a_person_or_withholds_the_number():
    callers = [random_caller(Random(seed)) for seed in range(500)]
    people = [random_outsider(Random(seed)) for seed in range(500)]
    withheld = [a for a, b in zip(callers, people, strict=True) if a != b]
    assert set(withheld) == {ANONYMOUS}
    assert 5 < len(withheld) < 100


@pytest.mark.parametrize(
    ("number", "parts"),
    [("+16505550199", ("1", "650", "5550199")), ("+442071838750", ()), ("101", ()), ("Ada", ())],
)
def test_a_number_of_north_america_has_parts(number, parts):
    assert tuple((number_parts(number) or {}).values()) == parts


def test_what_they_write_is_not_only_ascii():
    random = Random(1)
    texts = {random_text(random) for _ in range(200)}
    assert len(texts) > 10
    assert any(not text.isascii() for text in texts)
    assert all(random_post(random) for _ in range(10))
