"""The service files, run: systemd starts them on a machine of its own.

What a unit keeps its program from is tried by a probe in the program's place; how the
units start and end together is seen on programs that stand in for feeder, worker and gate.
"""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.conditions import require
from tests.operations.machine import NoMachineError, run

FILES: Final = Path(__file__).parents[2] / "docs" / "operations" / "files"
UNITS: Final = sorted(file.name for file in FILES.glob("*.service"))
PYTHON: Final = "/usr/bin/python3"
SERVER: Final = {"one address", "another", "settings", "/tmp", "/var/tmp", "/dev/shm"}  # noqa: S108
_SERVERS: Final = ("booking", "broker", "edge", "gate", "hub", "ingest")
MAY: Final = {
    "kynnys-worker.service": set(),
    "kynnys-feeder.service": {"camera", "settings"},
    "kynnys-feeder-rtsp.service": {"one address", "settings"},
    "kynnys-setup@.service": {*SERVER, "camera", "/etc/kynnys"},
    **dict.fromkeys(
        [
            f"kynnys-{n}.service"
            for n in ("booking", "broker", "edge", "gate", "hub", "ingest")
        ],
        SERVER,
    ),
    "control": {*SERVER, "camera", "frames", "/etc/kynnys", "/run", "/srv", "/root"},
}
_LISTEN: Final = f"""
ip link set lo up
cat > /run/listen.py <<END
import socket, time
ends = [socket.create_server((a, 554)) for a in ("127.0.0.8", "127.0.0.9")]
time.sleep(100)
END
{PYTHON} /run/listen.py &
sleep 1
"""
_STATES: Final = """
pipe=/run/kynnys/frames
of() { for unit in gate worker feeder; do systemctl show -p $1 --value kynnys-$unit; done | xargs; }
states() { of ActiveState; }
end() { one=$(systemctl show -p MainPID --value kynnys-$1); kill -9 $one; }
# Waits for these states, with programs that run, none of them the process that is named.
is() {
    for _ in $(seq 150); do
        sleep 0.2
        set -- "$1" "$2" $(of MainPID)
        [ "$(states)" = "$1" ] || continue
        runs=$(cat /proc/$4/comm 2>/dev/null)
        [ "$1" != "active active active" ] || [ "$runs" = python3 ] || continue
        case " $3 $4 $5 " in *" $2 "*) continue ;; esac
        break
    done
    states
}
"""


def machine(folder: Path, units: dict[str, str], script: str) -> str:
    for program in ("probe.py", "stand_in.py"):
        shutil.copy(Path(__file__).with_name(program), folder)
    folder.chmod(0o755)
    try:
        return run(folder, units, (FILES / "kynnys-pipes.conf").read_text(), script)
    except NoMachineError as error:
        require(condition=False, reason=f"needs root, systemd and namespaces: {error}")
        raise


def probing(text: str, told: str) -> str:
    """Return a unit that runs the probe once, alone, under the same hardening."""
    alone = (
        r"^(BindsTo|After|Wants|Conflicts|Assert\w+|Standard\w+|Restart\w*|TTYPath"
        r"|Exec\w+|Runtime\w+|LimitFSIZE|WorkingDirectory)=.*\n"
    )
    text = re.sub(alone, "", text, flags=re.MULTILINE)
    # No driver, no name for the kind of device: allow the one node instead.
    text = text.replace("char-video4linux", "/dev/video0")
    once = (
        f"Type=oneshot\nExecStart={PYTHON} /share/probe.py\nStandardOutput=file:{told}"
    )
    return text.replace("[Service]", f"[Service]\n{once}")


@pytest.fixture(scope="module")
def could(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, set[str]]:
    """What the probe could do, by unit."""
    folder = tmp_path_factory.mktemp("probes")
    texts = {name: (FILES / name).read_text() for name in UNITS}
    address = "[Service]\nIPAddressAllow=127.0.0.9\n"
    texts["kynnys-feeder-rtsp.service"] += address
    texts["control"] = "[Service]\n"
    units = {
        f"probe-{number}.service": probing(text, f"/share/{number}")
        for number, text in enumerate(texts.values())
    }
    script = _LISTEN + "".join(f"systemctl start {unit}\n" for unit in units)
    ended = machine(folder, units, script)
    assert ended == "ended\n"
    return {
        name: set((folder / str(number)).read_text().splitlines())
        for number, name in enumerate(texts)
    }


@pytest.mark.parametrize("name", [*UNITS, "control"])
def test_a_unit_can_do_what_it_needs_and_no_more(
    name: str, could: Mapping[str, set[str]]
) -> None:
    assert could[name] == MAY[name]


def test_the_units_start_and_end_together(tmp_path: Path) -> None:
    roles = {"feeder": "feed", "worker": "work", "gate": "gate"}
    units = {}
    for unit, role in roles.items():
        text = (FILES / f"kynnys-{unit}.service").read_text().replace("Sec=5", "Sec=1")
        shown = f"ExecStart={PYTHON} /share/stand_in.py {role}"
        units[f"kynnys-{unit}.service"] = re.sub("ExecStart=.*", shown, text)
    steps = {
        "started": "systemctl start kynnys-gate; is 'active active active' -",
        **{
            f"{unit} killed": f"end {unit}; is 'active active active' $one"
            for unit in roles
        },
        "stopped": "systemctl stop kynnys-gate; is 'inactive inactive inactive' -",
        "no pipe": "rm $pipe; systemctl start kynnys-gate; sleep 3; states; ls /run/kynnys",
        "a file in its place": "touch $pipe; systemctl restart kynnys-gate; sleep 4;"
        " stat -c %s $pipe",
        "made again": "systemd-tmpfiles --create kynnys.conf; is 'active active active' -",
    }
    script = "systemctl enable -q kynnys-feeder\n" + _STATES
    script += "".join(f"echo '{what}:' $({step})\n" for what, step in steps.items())

    told = machine(tmp_path, units, script).splitlines()

    all_run = "active active active"
    assert told == [
        f"started: {all_run}",
        *(f"{unit} killed: {all_run}" for unit in roles),
        "stopped: inactive inactive inactive",
        "no pipe: active inactive inactive records",
        "a file in its place: 0",
        f"made again: {all_run}",
        "ended",
    ]
