from typing import Any

import pytest

from rc_tail.gateway.error_body import Refusal, read_refusal


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"errors": [{"errorCode": "A", "message": "list"}]}, Refusal("A", "list")),
        ({"errorCode": "A", "message": "top"}, Refusal("A", "top")),
        (
            {"errorCode": "OLD", "message": "old", "errors": [{"errorCode": "NEW"}]},
            Refusal("NEW", "old"),
        ),
        ({"errors": ["x", None, {"message": " "}, {"message": "b"}]}, Refusal("", "b")),
        (
            {
                "error": "invalid_grant",
                "error_description": "Token expired",
                "errors": [{"errorCode": "OAU-210"}],
            },
            Refusal("OAU-210", "Token expired", "invalid_grant"),
        ),
        ({"error": "invalid_client"}, Refusal("invalid_client", "", "invalid_client")),
        (
            {"errors": [{"errorCode": "CMN-401", "permissionName": "SMS"}]},
            Refusal("CMN-401", "", "", "SMS"),
        ),
        ({"errors": "x", "errorCode": 7, "message": None, "error": {}}, Refusal()),
        ({"errors": []}, Refusal()),
        ({"message": "a\ud800b"}, Refusal("", "a\\ud800b")),
        ({}, Refusal()),
    ],
)
def test_an_error_body_is_read_in_every_shape(body: dict[str, Any], refusal: Refusal):
    assert read_refusal(body) == refusal
