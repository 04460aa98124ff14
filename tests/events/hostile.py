"""Bodies as nobody should send them: samples with anything in place of their parts."""

from typing import Any

from hypothesis import strategies as st

from rc_tail.events.kinds import Body

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**50), 10**50)
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=12)
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def damaged(sample: Any) -> st.SearchStrategy[Any]:
    """Return values like `sample` in which parts are missing, doubled or replaced."""
    if isinstance(sample, dict):
        like: st.SearchStrategy[Any] = bodies(sample)
    elif isinstance(sample, list) and sample:
        like = st.lists(damaged(sample[0]), max_size=3)
    else:
        like = st.just(sample)
    return like | like | like | ANYTHING


def bodies(sample: Body) -> st.SearchStrategy[Body]:
    """Return JSON objects like `sample`, damaged."""
    return st.fixed_dictionaries(
        {}, optional={name: damaged(value) for name, value in sample.items()}
    )
