import pytest

from rc_tail.events.families.ai import KINDS, describe_insights
from rc_tail.events.kinds import EventLine


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (
            KINDS[0].sample,
            EventLine(
                who="Ada Example, Bob Sample",
                what="Call from Ada Example to Bob Sample, pbx, 2 min 6 s: A greeting.",
                text="A greeting.",
                direction="Outbound",
            ),
        ),
        (
            {"insights": {"Summary": [{}, {"value": "Second."}]}},
            EventLine(what="insights: Second.", text="Second."),
        ),
        ({"insights": []}, EventLine(what="insights")),
    ],
)
def test_insights(body, line):
    assert describe_insights(body) == line


def test_each_domain_has_its_own_path_and_sample():
    assert [kind.path.split("/")[-2] for kind in KINDS] == [
        "pbx",
        "rcv",
        "rcx",
        "ms-teams",
        "nice-incontact",
    ]
    assert all(kind.sample["domain"] in kind.path for kind in KINDS)
