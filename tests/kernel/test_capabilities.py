"""Kernels on which nothing can be tried at all."""

from __future__ import annotations

import pytest

from netproof.errors import CannotError
from netproof.kernel import capabilities
from netproof.kernel.channel import Channel

pytestmark = pytest.mark.needs("netns")


@pytest.mark.parametrize(("request_", "told"), [("create_bridge", "CONFIG_BRIDGE"), ("create_veth", "CONFIG_VETH")])
def test_kernel_without_bridges_or_veth_is_told_in_a_sentence(
    request_: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it does not make is named, with the option that it is built without."""
    send = Channel.send

    def refusing(self: Channel, requests: list[object]) -> object:
        return send(self, [r for r in requests if r != "unknown kind"])  # type: ignore[list-item]

    monkeypatch.setattr(Channel, "send", refusing)
    monkeypatch.setattr(capabilities, request_, lambda *_: "unknown kind")
    with pytest.raises(CannotError, match=told):
        capabilities.capabilities.__wrapped__()
