import pytest

from rc_tail.config.tail_options import SinkRequest
from rc_tail.errors import UsageError
from rc_tail.sinks.table import SINKS


@pytest.mark.parametrize("kind", SINKS, ids=lambda kind: kind.name)
def test_every_module_can_check_and_make(kind):
    module = kind.module()
    assert callable(module.check)
    assert callable(module.make)
    values = {option.name: option.value_if_absent for option in kind.options}
    request = SinkRequest(kind.name, "", values)
    with pytest.raises(UsageError):
        kind.check(request, allows_plain=False)
