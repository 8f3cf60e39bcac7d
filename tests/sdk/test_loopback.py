import socket

import pytest


def test_no_test_can_look_up_or_reach_another_machine():
    with pytest.raises(BaseException, match="socket.getaddrinfo to api.ionq.co"):
        socket.create_connection(("api.ionq.co", 443), timeout=1)
    with socket.socket() as door, pytest.raises(BaseException, match="socket.connect to 192.0.2.1"):
        door.settimeout(1)
        door.connect(("192.0.2.1", 443))
