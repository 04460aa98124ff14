import pytest

from rc_tail.simulator.service.company import ADA, BOB, by_id, extension_record, find_person


@pytest.mark.parametrize(
    ("text", "person"), [("400000101", ADA), ("102", BOB), ("999", None), ("", None)]
)
def test_people_are_found_by_id_or_number(text, person):
    assert find_person(text) is person


def test_ids_are_no_numbers():
    assert by_id("101") is None


def test_a_record_has_what_clients_read():
    record = extension_record(ADA, "http://127.0.0.1:1")
    assert record["id"] == 400000101
    assert record["contact"]["email"] == "ada@example.com"
    assert record["uri"].startswith("http://127.0.0.1:1/restapi/v1.0/account/400000001/")
    assert record["name"] == "Ada Example"
