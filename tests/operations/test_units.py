"""The service files: what each unit may do, judged by systemd and by reading them.

How exposed a unit is, from 0.0 to 10.0, says `systemd-analyze security`. The ceilings are
what was measured with systemd 252; the worker's must be below 1.0.
"""

import ipaddress
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.conditions import require

FILES: Final = Path(__file__).parents[2] / "docs" / "operations" / "files"
CEILINGS: Final = {
    "kynnys-booking.service": 1.2,
    "kynnys-broker.service": 1.2,
    "kynnys-edge.service": 1.5,
    "kynnys-feeder-rtsp.service": 1.2,
    "kynnys-feeder.service": 0.7,
    "kynnys-gate.service": 1.2,
    "kynnys-hub.service": 1.5,
    "kynnys-ingest.service": 1.2,
    "kynnys-setup@.service": 1.5,
    "kynnys-worker.service": 0.4,
}
SEE: Final = {"kynnys-feeder.service", "kynnys-setup@.service"}
"""Who may open a camera at this machine."""
CHAIN: Final = ("kynnys-gate.service", "kynnys-worker.service")
FEEDERS: Final = ("kynnys-feeder.service", "kynnys-feeder-rtsp.service")
PIPED: Final = ("kynnys-worker.service", *FEEDERS)
UNITS: Final = sorted(CEILINGS)


@dataclass(frozen=True)
class Unit:
    """The lines of a unit or of a drop-in, by section and key, in their order."""

    lines: Mapping[str, list[str]]

    def all(self, key: str) -> list[str]:
        """Return every word that a key was given, over all its lines."""
        return [w for value in self.lines.get(key, []) for w in value.split()]

    def last(self, key: str) -> str:
        """Return what a key was given last."""
        return self.lines.get(key, [""])[-1]


def parsed(text: str) -> Unit:
    lines: dict[str, list[str]] = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE):
        lines.setdefault(key, []).append(value)
    return Unit(lines)


def text_of(name: str) -> str:
    return (FILES / name).read_text()


def unit(name: str) -> Unit:
    return parsed(text_of(name))


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    tool = shutil.which("systemd-analyze")
    require(tool, "needs systemd-analyze: sudo ./run system")
    return subprocess.run(
        [str(tool), *arguments], capture_output=True, text=True, check=False
    )


def exposure(folder: Path, name: str, text: str) -> float:
    file = folder / name
    file.write_text(text)
    told = analyze("security", "--offline=true", "--no-pager", str(file))
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", told.stdout)
    assert found, told.stderr
    return float(found[1])


def opens_cameras(parts: Unit) -> bool:
    """Tell whether a unit could open `/dev/video0`, were it root or in its group."""
    if parts.last("PrivateDevices") == "yes":
        return False
    if parts.last("DevicePolicy") not in ("closed", "strict"):
        return True
    nodes = [value.split()[0] for value in parts.lines.get("DeviceAllow", []) if value]
    return any(
        re.match(r"/dev/(video|char|media|v4l|bus)|char-(video|\*)", n) for n in nodes
    )


def test_every_unit_has_its_ceiling() -> None:
    assert [file.name for file in sorted(FILES.glob("*.service"))] == UNITS
    assert CEILINGS["kynnys-worker.service"] <= 1.0


@pytest.mark.parametrize("name", UNITS)
def test_systemd_finds_no_unit_more_exposed_than_its_ceiling(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = exposure(tmp_path, name, text_of(name))
    with capsys.disabled():
        sys.stdout.write(f"\n{name}: exposure {found}, ceiling {CEILINGS[name]} ")
    assert found <= CEILINGS[name]


@pytest.mark.parametrize("name", UNITS)
@pytest.mark.parametrize(
    "key", ["CapabilityBoundingSet", "RestrictNamespaces", "SystemCallArchitectures"]
)
def test_a_unit_that_lost_one_line_is_above_its_ceiling(
    name: str, key: str, tmp_path: Path
) -> None:
    text = text_of(name)
    without = re.sub(rf"^{key}=.*\n", "", text, flags=re.MULTILINE)
    assert without != text
    assert exposure(tmp_path, name, without) > CEILINGS[name]


@pytest.mark.parametrize("key", ["LimitCORE", "LimitCOER"], ids=["as is", "control"])
def test_systemd_understands_every_line(key: str, tmp_path: Path) -> None:
    for name in UNITS:
        # The program is where a city installs it, not here.
        text = re.sub(r"/srv/kynnys/\.venv/bin/\S+", "/bin/true", text_of(name))
        (tmp_path / name).write_text(text.replace("LimitCORE", key))
    told = analyze("verify", "--man=no", *(str(tmp_path / name) for name in UNITS))
    wrong = {line.split(":")[0] for line in told.stderr.splitlines()}
    expected = {str(tmp_path / name) for name in UNITS} if key == "LimitCOER" else set()
    assert wrong == expected, told.stderr


@pytest.mark.parametrize("name", UNITS)
def test_only_the_feeder_and_the_set_up_can_open_a_camera(name: str) -> None:
    assert opens_cameras(unit(name)) == (name in SEE)


@pytest.mark.parametrize(
    ("lines", "opens"),
    [
        ("", True),
        ("DevicePolicy=auto\nDeviceAllow=char-ttyUSB rw", True),
        ("DevicePolicy=closed\nDeviceAllow=char-video4linux r", True),
        ("DevicePolicy=closed\nDeviceAllow=/dev/video0", True),
        (
            "DevicePolicy=closed\nDeviceAllow=char-ttyUSB rw\nDeviceAllow=char-* rw",
            True,
        ),
        ("PrivateDevices=yes\nPrivateDevices=no", True),
        ("DevicePolicy=closed", False),
        ("DevicePolicy=closed\nDeviceAllow=char-ttyUSB rw", False),
        ("PrivateDevices=yes\nDeviceAllow=char-video4linux rw", False),
    ],
)
def test_a_unit_that_could_open_a_camera_is_found(lines: str, opens: bool) -> None:  # noqa: FBT001
    assert opens_cameras(parsed(f"[Service]\n{lines}\n")) is opens


@pytest.mark.parametrize("name", PIPED)
def test_who_sees_frames_can_write_no_file(name: str) -> None:
    parts = unit(name)
    assert parts.last("DynamicUser") == parts.last("PrivateIPC") == "yes"
    assert parts.last("ProtectSystem") == "strict"
    assert parts.last("LimitFSIZE") == parts.last("LimitCORE") == "0"
    assert {"/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue"} <= set(  # noqa: S108
        parts.all("InaccessiblePaths")
    )
    made = [
        key
        for key in parts.lines
        if re.fullmatch(r"(\w+Directory|ReadWrite\w+|BindPaths)", key)
    ]
    assert made == ["WorkingDirectory"]


@pytest.mark.parametrize("name", ["kynnys-worker.service", "kynnys-feeder.service"])
def test_who_sees_frames_has_no_network(name: str) -> None:
    parts = unit(name)
    assert parts.last("PrivateNetwork") == "yes"
    assert parts.all("IPAddressDeny") == ["any"]
    assert parts.all("RestrictAddressFamilies") == ["none"]
    assert "IPAddressAllow" not in parts.lines


def test_the_feeder_of_an_address_reaches_that_one_and_no_other() -> None:
    parts, drop_in = unit("kynnys-feeder-rtsp.service"), unit("camera-address.conf")
    assert parts.all("IPAddressDeny") == ["any"]
    assert "IPAddressAllow" not in parts.lines, "nothing before somebody names it"
    assert set(drop_in.lines) == {"IPAddressAllow"}
    (address,) = drop_in.all("IPAddressAllow")
    assert ipaddress.ip_network(address).num_addresses == 1
    assert f"ip daddr {address} " in text_of("camera-port.nft")


def test_only_two_units_touch_the_pipe_of_frames() -> None:
    touching = {
        n
        for n in UNITS
        if "/run/kynnys/frames"
        in " ".join(
            value
            for key, values in unit(n).lines.items()
            if key != "AssertPathExists"
            for value in values
        )
    }
    assert touching == set(PIPED)
    worker = unit("kynnys-worker.service")
    assert worker.last("StandardInput") == "file:/run/kynnys/frames"
    assert worker.last("StandardOutput") == "file:/run/kynnys/records"
    assert unit("kynnys-gate.service").last("ExecStart").endswith("/run/kynnys/records")
    for name in FEEDERS:
        assert unit(name).last("StandardOutput") == "file:/run/kynnys/frames"


def test_no_service_may_open_the_pipe_of_frames_by_itself() -> None:
    lines = [
        line.split()
        for line in text_of("kynnys-pipes.conf").splitlines()
        if line[0] != "#"
    ]
    assert [line[:5] for line in lines] == [
        ["d", "/run/kynnys", "0755", "root", "root"],
        ["p+", "/run/kynnys/frames", "0600", "root", "root"],
        ["p+", "/run/kynnys/records", "0400", "kynnys", "kynnys"],
    ]


@pytest.mark.parametrize("name", PIPED)
def test_a_missing_pipe_is_noticed_before_systemd_makes_a_file_of_it(name: str) -> None:
    parts = unit(name)
    files = {
        value.removeprefix("file:")
        for key in ("StandardInput", "StandardOutput")
        for value in parts.all(key)
    }
    assert files == set(parts.all("AssertPathExists"))


def test_without_a_gate_there_is_no_worker_and_without_a_worker_no_camera() -> None:
    gate, worker = CHAIN
    assert worker in unit(gate).all("Wants")
    assert unit(worker).all("BindsTo") == unit(worker).all("After") == [gate]
    for name in FEEDERS:
        parts = unit(name)
        assert parts.all("BindsTo") == parts.all("WantedBy") == [worker]
        assert worker in parts.all("After")
        assert parts.all("Conflicts") == [other for other in FEEDERS if other != name]


def test_the_set_up_stops_counting_and_starts_it_again() -> None:
    parts, gate = unit("kynnys-setup@.service"), unit("kynnys-gate.service")
    assert set(parts.all("Conflicts")) == {*CHAIN, *FEEDERS}
    assert parts.last("ExecStopPost").endswith("start kynnys-gate.service")
    assert parts.last("RuntimeMaxSec") == "16min"
    assert parts.last("StandardOutput") == "tty", "the code is in no log"
    reads = (parts, gate, *map(unit, FEEDERS))
    named = [re.search(r"--config (\S+)", u.last("ExecStart")) for u in reads]
    assert {found and found[1] for found in named} == {"/etc/kynnys/eye.toml"}
