"""The files for a yard: the camera's port leads nowhere."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conditions import require

FILES = Path(__file__).parents[3] / "docs" / "operations" / "files"
PORT = FILES / "camera-port.network"
RULES = FILES / "camera-port.nft"


def unit(name: str) -> configparser.ConfigParser:
    parsed = configparser.ConfigParser(strict=False, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read_string((FILES / name).read_text())
    return parsed


def test_the_cameras_port_has_an_address_and_no_route() -> None:
    parsed = unit(PORT.name)
    assert parsed.sections() == ["Match", "Network"], "no [Route], no [DHCPServer]"
    network = parsed["Network"]
    assert network["Address"]
    told = {"Gateway", "DNS", "Domains", "IPMasquerade", "Bridge", "VRF", "Tunnel"}
    assert told.isdisjoint(network)
    off = ("DHCP", "IPForward", "IPv6AcceptRA", "LinkLocalAddressing")
    assert [network[key] for key in off] == ["no"] * 4


def test_from_a_namespace_with_only_that_port_nothing_else_is_reached() -> None:
    """The kernel's own word, in a network of its own with the address of the file."""
    address = unit(PORT.name)["Network"]["Address"]
    camera = address.split("/", maxsplit=1)[0].rsplit(".", 1)[0] + ".2"
    steps = (
        "ip link add port type veth peer name camera; ip link set camera up;"
        f"ip addr add {address} dev port; ip link set port up; ip route show;"
        f"echo; ip route get {camera}; echo; ip route get 203.0.113.9 || true"
    )
    told = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--net", "sh", "-ec", steps],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    require(
        told.returncode == 0, reason=f"needs namespaces and iproute2: {told.stderr}"
    )
    routes, to_camera, beyond = (part.strip() for part in told.stdout.split("\n\n"))
    assert len(routes.splitlines()) == 1
    assert "scope link" in routes
    assert "dev port" in to_camera, "control: the camera is reached"
    assert beyond == ""
    assert "unreachable" in told.stderr


def test_nothing_is_passed_on_from_or_to_the_cameras_port() -> None:
    text = RULES.read_text()
    port = unit(PORT.name)["Match"]["Name"]
    forward = re.search(r"hook forward.*?}", text, re.DOTALL)
    assert forward is not None
    for way in ("iifname", "oifname"):
        assert f'{way} "{port}" drop' in forward[0]
    for chain in re.findall(r"chain \w+ {.*?\n  }", text, re.DOTALL):
        assert re.search(r"drop\n  }$", chain), "whatever is left is dropped"


def test_the_kernel_takes_the_rules() -> None:
    nft = shutil.which("nft") or shutil.which("nft", path="/usr/sbin")
    require(nft, "needs nftables")
    checked = subprocess.run(
        [str(nft), "-c", "-f", str(RULES)], capture_output=True, text=True, check=False
    )
    if "Operation not permitted" in checked.stderr:
        pytest.skip("may not touch the kernel's tables here")
    assert checked.returncode == 0, checked.stderr
