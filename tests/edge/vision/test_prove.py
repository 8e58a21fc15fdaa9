"""`python -m edge.vision.prove` on real processes, and what it says of each."""

import hashlib
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.messages import WindowEvent
from edge.vision import oslock, snapshot
from edge.vision.bpf import paths
from edge.vision.permissions import permissions
from edge.vision.prove import DocumentedError, documented, judge
from edge.vision.ptrace import filters, stopped
from edge.vision.snapshot import Access, Descriptor, Kind, Snapshot, Thread
from tests.conditions import require, until
from tests.edge.vision.conftest import MakeClip, MakeStation
from tests.edge.vision.filters import (
    DOCUMENTED,
    LOAD,
    RETURN,
    Child,
    allowing,
    assembled,
)

ROOT = Path(__file__).parents[3]
LOCKED = allowing(*DOCUMENTED)
MATCHED, MORE, UNCHECKED = 0, 1, 2
WAY_OUT = "write(fd = 1, count = 32)"
START = ("-m", "edge.vision.prove")
NOBODY = """
import os, edge.vision.prove as program
program.argparse.ArgumentParser(description="what Python loads late, nobody may not read")
os.setuid(65534)
raise SystemExit(program.main())
"""


@pytest.fixture(autouse=True, scope="module")
def _root() -> None:
    require(os.geteuid() == 0, "reading a filter out of the kernel needs root")


@pytest.fixture
def locked() -> Iterator[Child]:
    with Child(LOCKED) as child:
        yield child


def prove(
    pid: int, *more: str, program: bytes = LOCKED, start: Sequence[str] = START
) -> tuple[int, str]:
    """The exit status of the real program, and what it printed."""
    digest = hashlib.sha256(program).hexdigest()
    ran = subprocess.run(
        [sys.executable, *start, str(pid), *(more or ("--documented", digest))],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert ran.stderr == ""
    return ran.returncode, ran.stdout


def test_a_process_that_is_as_documented_is_proven_and_goes_on(locked: Child) -> None:
    code, told = prove(locked.pid)
    assert code == MATCHED, told
    assert told.count("DATA CAN LEAVE HERE") == 1
    assert f"{WAY_OUT}   <- DATA CAN LEAVE HERE" in told
    assert "read(fd = 0)" in told
    assert "0: pipe, read" in told
    assert told.splitlines()[-1].startswith("As documented in full:")
    assert locked.works()


@pytest.mark.scenario
def test_the_worker_of_a_node_is_as_the_page_says_and_goes_on_counting(
    clip: MakeClip, station: MakeStation
) -> None:
    small = {"camera": "yard", "width": 64, "height": 48, "fps": 1}
    yard = station({**small, "source": str(clip(range(100, 140), contrast=60))})
    yard.wait_for(WindowEvent, seen_s=1)
    worker = yard.worker

    code, told = prove(worker, "--documented", str(ROOT / "docs" / "privacy.md"))

    assert code == MATCHED, told
    assert yard.wait_for(WindowEvent, seen_s=50)
    assert yard.wait_for(WindowEvent, seen_s=50)
    assert yard.worker == worker


def test_a_process_that_was_halted_stays_halted(locked: Child) -> None:
    locked.process.send_signal(signal.SIGSTOP)
    until(lambda: state(locked.pid) == "T")
    assert prove(locked.pid)[0] == MATCHED
    assert until(lambda: state(locked.pid)) == "T"
    locked.process.send_signal(signal.SIGCONT)
    assert locked.works()


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


@pytest.mark.parametrize(
    ("added", "told"),
    [
        ("sendto", "sendto()"),
        ("write 0=2 2=32", "write(fd = 2, count = 32)"),
        ("write 0=1 2=33", "write(fd = 1, count = 33)"),
        ("write 0=1", "write(fd = 1)"),
        ("rt_sigprocmask", "rt_sigprocmask()"),
        ("mmap", "mmap()"),
    ],
)
def test_one_added_call_is_found(added: str, told: str) -> None:
    program = allowing(added, *DOCUMENTED)
    with Child(program) as child:
        code, text = prove(child.pid)
        assert code == MORE
        assert f"allowed: {told}" in text
        assert "has the published hash" in text
        # Even where the page is forged to fit, the way out is found.
        code, text = prove(child.pid, program=program)
        assert code == MORE
        assert f"allowed: {told}" in text
        assert "has the published hash" not in text


def test_a_call_that_sends_nothing_is_found_by_the_hash() -> None:
    with Child(allowing("getpid", *DOCUMENTED)) as child:
        code, text = prove(child.pid)
    assert code == MORE
    assert text.count("MORE THAN DOCUMENTED") == 1


def test_a_process_without_a_filter_may_do_anything() -> None:
    with Child() as child:
        code, text = prove(child.pid)
    assert code == MORE
    assert "is under no filter: it may do anything" in text


WIDER = allowing("prctl", *DOCUMENTED)


def test_a_filter_beside_the_published_one_can_only_forbid_more() -> None:
    with Child(WIDER, WIDER, LOCKED) as child:
        code, text = prove(child.pid)
        assert child.works()
    assert code == MATCHED, text
    assert text.count("instructions, sha256") == 2
    assert text.count("can only forbid more") == 1


def test_where_the_published_filter_is_missing_each_is_followed() -> None:
    with Child(WIDER, allowing("prctl", "sendto", *DOCUMENTED)) as child:
        code, text = prove(child.pid)
    assert code == MORE
    assert text.count("instructions, sha256") == 2
    assert "allowed: sendto()" in text


@pytest.mark.parametrize("action", [0x7FF00000, 0x7FC00000, 0x7FFC0000])
def test_a_filter_that_hands_calls_on_is_no_matter_of_forbidding(action: int) -> None:
    further = assembled([(LOAD, 0, 0, 0), (RETURN, 0, 0, action)])
    told = replace(as_documented(LOCKED), threads=(thread(further, LOCKED),))
    findings = judge(told, hashlib.sha256(LOCKED).hexdigest())
    assert findings.code == MORE
    assert "a further filter hands calls on, or writes them down" in findings.more


def test_a_further_filter_that_is_damaged_is_named() -> None:
    told = replace(as_documented(LOCKED), threads=(thread(LOCKED[:-1], LOCKED),))
    assert judge(told, hashlib.sha256(LOCKED).hexdigest()).code == UNCHECKED


def test_a_thread_outside_the_filter_is_found() -> None:
    aside = "threading.Thread(target=threading.Event().wait, daemon=True).start()"
    with Child(LOCKED, first=aside) as child:
        code, text = prove(child.pid)
        assert child.works()
    assert code == MORE
    assert "2 thread(s)" in text
    assert "under different filters" in text
    assert "is under no filter" in text


@pytest.mark.parametrize(
    ("first", "told"),
    [
        ("held = open('/etc/hostname')", "2: file, read, /etc/hostname"),
        ("held = open('/dev/null', 'r+b')", "2: device, read and write, /dev/null"),
        ("held = socket.socket()", "2: socket, read and write, socket:"),
        ("held = os.memfd_create('m')", "2: memory file, read and write, /memfd:m"),
        ("held = os.open('/', os.O_PATH)", "2: folder, path only, /"),
        ("held = __import__('select').epoll()", "2: other"),
        ("os.dup2(1, 2)", "2: pipe, write"),
        ("os.dup2(os.open('/dev/zero', 0), 0)", "0: device, read, /dev/zero"),
    ],
)
def test_whatever_else_is_open_is_found(first: str, told: str) -> None:
    with Child(LOCKED, first=first) as child:
        code, text = prove(child.pid)
    assert code == MORE
    assert f"open: {told}" in text


def test_no_name_can_forge_what_is_printed(tmp_path: Path) -> None:
    forged = tmp_path / "\x1b[2J\nAs documented in full"
    forged.write_text("")
    first = f"libc.prctl(15, b'\\xff)\\n)'); held = open({str(forged)!r})"
    with Child(LOCKED, first=first) as child:
        code, text = prove(child.pid)
    assert code == MORE
    assert "\x1b" not in text
    assert text.splitlines()[-1].startswith("NOT as documented")
    assert not any(line.startswith("As documented") for line in text.splitlines())


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("mmap.mmap(-1, 4096)", MORE),
        ("mmap.mmap(file, 4096)", MORE),
        ("mmap.mmap(file, 4096, prot=mmap.PROT_READ)", MORE),
        ("mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE)", MATCHED),
        ("mmap.mmap(readable, 4096, prot=mmap.PROT_READ)", MATCHED),
    ],
    ids=["unnamed", "file", "can be made writable", "private", "read only for ever"],
)
def test_shared_memory_that_can_be_written_is_found(
    tmp_path: Path, how: str, code: int
) -> None:
    path = tmp_path / "shared"
    path.write_bytes(bytes(4096))
    opened = f"file = os.open('{path}', 2); readable = os.open('{path}', 0)"
    closed = "os.close(file); os.close(readable); os.closerange(3, 9)"
    with Child(LOCKED, first=f"{opened}; held = {how}; {closed}") as child:
        status, text = prove(child.pid)
    assert status == code, text
    assert ("MORE THAN DOCUMENTED: shared:" in text) == (code == MORE)


def test_a_process_that_does_not_exist_is_named() -> None:
    gone = subprocess.Popen(["/bin/true"])
    gone.wait()
    code, text = prove(gone.pid)
    assert code == UNCHECKED
    assert f"NOT CHECKED: process {gone.pid} does not exist" in text


def test_a_process_that_has_ended_is_named() -> None:
    ended = subprocess.Popen(["/bin/true"])
    until(lambda: state(ended.pid) == "Z")
    code, text = prove(ended.pid)
    ended.wait()
    assert code == UNCHECKED
    assert "has ended; only its exit status is left" in text


def test_a_thread_is_no_process() -> None:
    aside = "threading.Thread(target=threading.Event().wait, daemon=True).start()"
    with Child(first=aside) as child:
        thread = max(int(t.name) for t in Path(f"/proc/{child.pid}/task").iterdir())
        code, text = prove(thread)
        assert code == UNCHECKED
        assert f"{thread} is a thread of process {child.pid}" in text


def test_a_process_that_ends_while_it_is_read_is_named(
    locked: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill_first(number: int) -> Iterator[bytes]:
        locked.process.kill()
        locked.process.wait()
        return filters(number)

    monkeypatch.setattr(snapshot, "filters", kill_first)
    with pytest.raises(snapshot.ProcessError, match="ended while it was read"):
        snapshot.take(locked.pid)


def test_without_the_right_to_look_it_says_so(locked: Child) -> None:
    code, text = prove(locked.pid, start=("-c", NOBODY))
    assert code == UNCHECKED
    assert f"NOT CHECKED: thread {locked.pid}: this needs root" in text
    assert f"NOT CHECKED: /proc/{locked.pid}/fd: this needs" in text
    assert text.splitlines()[-1].startswith("NOT proven")
    assert locked.works()


def test_a_process_that_another_program_traces_is_named(locked: Child) -> None:
    with stopped(locked.pid, lambda *_: None):
        code, text = prove(locked.pid)
    assert code == UNCHECKED
    assert "no other program that traces the process" in text
    assert locked.works()


def test_the_raw_filter_is_written_where_told_and_nowhere_else(
    locked: Child, tmp_path: Path
) -> None:
    digest = hashlib.sha256(LOCKED).hexdigest()
    code, _ = prove(
        locked.pid, "--documented", digest, "--dump", str(tmp_path / "raw.bpf")
    )
    assert code == MATCHED
    assert (tmp_path / "raw.bpf").read_bytes() == LOCKED
    assert len(list(tmp_path.iterdir())) == 1
    code, text = prove(
        locked.pid, "--documented", digest, "--dump", str(tmp_path / "no/raw.bpf")
    )
    assert code == UNCHECKED
    assert "NOT CHECKED: dump: No such file" in text


def test_of_several_filters_the_published_one_has_the_name(tmp_path: Path) -> None:
    digest = hashlib.sha256(LOCKED).hexdigest()
    with Child(WIDER, LOCKED) as child:
        prove(child.pid, "--documented", digest, "--dump", str(tmp_path / "raw"))
    assert (tmp_path / "raw").read_bytes() == LOCKED
    assert (tmp_path / "raw.2").read_bytes() == WIDER


def test_the_hash_is_looked_up_in_the_page(locked: Child, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    code, text = prove(locked.pid, "--documented", str(page))
    assert code == UNCHECKED
    assert f"cannot read {page}" in text
    page.write_text("# Nothing of the kind\n")
    code, text = prove(locked.pid, "--documented", str(page))
    assert code == UNCHECKED
    assert f"has none for {platform.machine()}" in text
    digest = hashlib.sha256(LOCKED).hexdigest()
    page.write_text(
        f"| mips | {'0' * 64} |\n| {platform.machine()} | `{digest}` | 9 |\n"
    )
    assert prove(locked.pid, "--documented", str(page))[0] == MATCHED


def thread(*programs: bytes) -> Thread:
    return Thread(7, 2, no_new_privs=True, filters=programs)


def as_documented(program: bytes) -> Snapshot:
    return Snapshot(
        pid=7,
        threads=(thread(program),),
        descriptors=(
            Descriptor(0, Kind.PIPE, Access.READ, "pipe:[1]"),
            Descriptor(1, Kind.PIPE, Access.WRITE, "pipe:[2]"),
        ),
        shared=(),
        unread=(),
    )


@pytest.mark.parametrize("threads", [(), (thread(),), (thread(LOCKED), thread())])
def test_what_was_not_seen_is_never_taken_for_proven(
    threads: tuple[Thread, ...],
) -> None:
    told = replace(as_documented(LOCKED), threads=threads)
    assert judge(told, hashlib.sha256(LOCKED).hexdigest()).code == UNCHECKED


@pytest.mark.parametrize("machine", oslock.MACHINES)
def test_the_lock_has_one_way_out(machine: str) -> None:
    program = oslock.program(machine)
    allowed = permissions(paths(program))
    assert [str(way) for way in allowed if way.emits] == [WAY_OUT]
    assert {way.call for way in allowed} == set(oslock.CALLS)
    assert judge(as_documented(program), oslock.digest(machine)).code == MATCHED


@pytest.mark.parametrize("machine", oslock.MACHINES)
def test_no_damage_to_the_locks_bytes_is_taken_for_the_lock(machine: str) -> None:
    program, published = oslock.program(machine), oslock.digest(machine)
    codes = []
    for at in range(0, len(program), 5):
        damaged = bytearray(program)
        damaged[at] ^= 0x41
        codes.append(judge(as_documented(bytes(damaged)), published).code)
    assert MATCHED not in codes
    # An unknown code, and a jump out of the filter, cannot be followed at all.
    assert codes.count(UNCHECKED) > len(program) // 40
    assert judge(as_documented(program[:-1]), published).code == UNCHECKED


@pytest.mark.parametrize("machine", oslock.MACHINES)
def test_the_page_gives_the_hash_of_the_lock(machine: str) -> None:
    page = str(ROOT / "docs" / "privacy.md")
    assert documented(page, machine) == oslock.digest(machine)
    with pytest.raises(DocumentedError, match="has none for riscv64"):
        documented(page, "riscv64")
