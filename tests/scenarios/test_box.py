"""A box from its start to Ctrl-C, twice: nearby over TLS, what is kept, what is left behind."""

import re
import signal
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from hub.box.certificate import addresses
from hub.broker import free_port
from hub.children import Child
from tests.scenarios.conftest import story

pytestmark = pytest.mark.scenario
ENDS_WITHIN_S = 60.0


@contextmanager
def running(folder: Path, *more: str) -> Iterator[Child]:
    box = Child("hub", ["hub", "up", "--folder", str(folder), *more], folder / "logs")
    try:
        yield box
    finally:
        box.end()


def processes_of(folder: Path) -> list[str]:
    """Return the command lines that name the folder."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            # It has ended meanwhile.
            continue
        if str(folder) in line:
            found.append(line)
    return found


@story
def test_a_phone_signs_in_over_tls_and_is_known_after_the_next_start(
    folder: Path,
) -> None:
    port = free_port()
    order = ("--port", str(port), "--lan")
    with running(folder, *order) as box:
        world = urlsplit(box.find(r"(http://\S+)\s+the world"))
        box.find("(Ctrl-C ends everything)")
        phones = [phone(folder, a, port) for a in ("127.0.0.1", *addresses())]
        for one in phones:
            assert "Aino Korhonen" in sign_in(one)
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"http://127.0.0.1:{port}/", timeout=20)
        for address in addresses():
            assert not answers(address, world.port or 0), "the world is for loopback"

        assert len(processes_of(folder)) > 3
        box.process.send_signal(signal.SIGINT)
        assert box.process.wait(ENDS_WITHIN_S) == 0
    assert processes_of(folder) == []

    with running(folder, *order) as box:
        box.find("(Ctrl-C ends everything)")
        for one in phones:
            assert "Aino Korhonen" in one.get("/account").text
            one.close()


def phone(folder: Path, address: str, port: int) -> httpx.Client:
    trust = ssl.create_default_context(cafile=folder / "lan" / "certificate.pem")
    return httpx.Client(
        base_url=f"https://{address}:{port}",
        verify=trust,
        timeout=20,
        follow_redirects=True,
    )


def sign_in(phone: httpx.Client) -> str:
    """Choose Aino on the built-in page; return the page of her account."""
    page = phone.get("/sign-in", params={"next": "/account"}).text
    assert 'class="banner"' in page
    form = next(f for f in page.split("<form") if 'value="resident"' in f)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    answer = phone.post("/sign-in/demo", data=fields)
    (cookie,) = answer.history[0].headers.get_list("set-cookie")[:1]
    assert cookie.startswith("__Host-session=")
    assert "Secure" in cookie
    return answer.text


def answers(address: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((address, port)) == 0
