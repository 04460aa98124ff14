from rc_tail.gateway.commands import Close, Connect
from rc_tail.gateway.connections import Connections


def opened(connections: Connections, *, successor: bool = False) -> int:
    """Open a connection; return its number."""
    if successor:
        return connections.open_successor(0, min_life=5).link
    connect = connections.open_current(0, wsc="", oauth_session="", is_successor=False)
    return connect.link


def numbers(connections: Connections) -> list[int]:
    return [connection.number for connection in connections.ordered()]


def test_connections_are_numbered_in_the_order_of_opening():
    connections = Connections()
    connect = connections.open_current(0, wsc="wsc", oauth_session="oauth", is_successor=False)
    assert connect == Connect(1, "wsc", "oauth")
    connections.token_rejected = True
    assert connections.open_successor(0, min_life=5) == Connect(2, rejected=True, min_life=5)
    assert numbers(connections) == [1, 2]


def test_an_oauth_session_is_named_only_for_a_recovery():
    connect = Connections().open_current(0, wsc="", oauth_session="oauth", is_successor=False)
    assert connect == Connect(1)


def test_a_successor_takes_the_place_and_the_replaced_one_stays_until_it_is_closed():
    connections = Connections()
    opened(connections)
    opened(connections, successor=True)
    assert not connections.is_current_alone
    replaced = connections.promote()
    assert replaced is not None
    connections.release(replaced)
    assert numbers(connections) == [2, 1]
    assert connections.replaced() == [replaced]
    assert connections.abandon(replaced) == [Close(1, abort=True)]
    assert numbers(connections) == [2]
    assert connections.is_current_alone


def test_replaced_connections_are_visited_in_the_order_in_which_they_were_replaced():
    connections = Connections()
    for successor in (False, True):
        opened(connections, successor=successor)
    current, successor_ = connections.ordered()
    connections.release(successor_)
    connections.release(current)
    assert numbers(connections) == [2, 1]


def test_a_closed_connection_has_no_role():
    connections = Connections()
    opened(connections)
    (current,) = connections.ordered()
    current.opened(1)
    assert connections.dismiss(current) == [Close(1)]
    assert connections.current is None
    assert connections.by_number == {}
    assert connections.is_current_alone
