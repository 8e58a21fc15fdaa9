"""Show that a running process can send nothing but what is documented.

    python -m edge.vision.prove PID [--dump FILE] [--documented HASH-OR-PAGE]

Reads the filter that the kernel really applies to each thread, compares its SHA-256 with
the published one, lists every call that it allows and under which conditions, and what
the process has open. The page is `docs/privacy.md` beside the package unless told
otherwise; the hash that it gives for this kind of machine is in a row `| x86_64 | hash |`.

    exit 0  everything is as documented
    exit 1  there is more than documented
    exit 2  something could not be checked; this outweighs 1, and both are named

It shares nothing with what builds the filter, so that one mistake cannot hide in both.
"""

import argparse
import hashlib
import platform
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from contracts.records import RECORD_BYTES
from edge.vision.bpf import FilterError, answers, paths
from edge.vision.permissions import Permission, only_takes_away, permissions
from edge.vision.snapshot import (
    FILTERED,
    Access,
    Kind,
    ProcessError,
    Snapshot,
    Thread,
    take,
)

PAGE: Final = Path(__file__).parents[2] / "docs" / "privacy.md"
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_MATCHED, _MORE, _UNCHECKED = 0, 1, 2
_OPEN: Final = {(0, Kind.PIPE, Access.READ), (1, Kind.PIPE, Access.WRITE)}
"""The descriptors of a locked worker: frames in, records out."""
_WAY_OUT: Final = f"write(fd = 1, count = {RECORD_BYTES})"


class DocumentedError(Exception):
    """The published hash cannot be found; the text says where it was looked for."""


@dataclass
class Findings:
    """What was seen, what of it is more than documented, what could not be checked."""

    lines: list[str] = field(default_factory=list)
    more: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)

    @property
    def code(self) -> int:
        """The exit status."""
        if self.unchecked:
            return _UNCHECKED
        return _MORE if self.more else _MATCHED

    @property
    def text(self) -> str:
        """Everything, for a person to read; the last line is the verdict."""
        marked = [
            *(f"MORE THAN DOCUMENTED: {what}" for what in self.more),
            *(f"NOT CHECKED: {what}" for what in self.unchecked),
        ]
        lines = [*self.lines, *marked, _VERDICTS[self.code]]
        return "".join(f"{_printable(line)}\n" for line in lines)


def _printable(line: str) -> str:
    """Take out what could forge the screen: a file's name may hold anything."""
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in line)


_VERDICTS: Final = {
    _MATCHED: "As documented in full: the only thing that this process can send is"
    f" records of {RECORD_BYTES} bytes, through descriptor 1.",
    _MORE: "NOT as documented: this process may do more; see above.",
    _UNCHECKED: "NOT proven: something could not be checked; see above.",
}


def documented(told: str, machine: str) -> str:
    """Return the published hash.

    Args:
        told: The hash itself, or the page that holds it.
        machine: As `platform.machine` names it.

    Raises:
        DocumentedError: No such page, or no row in it for this machine.
    """
    if _HASH.fullmatch(told):
        return told
    try:
        page = Path(told).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentedError(f"documented hash: cannot read {told}") from error
    row = rf"^\| *{re.escape(machine)} *\| *`?({_HASH.pattern})`? *\|"
    if (found := re.search(row, page, re.MULTILINE)) is None:
        raise DocumentedError(f"documented hash: {told} has none for {machine}")
    return found[1]


def judge(snapshot: Snapshot, published: str | None) -> Findings:
    """Compare a process with what is documented.

    Args:
        snapshot: Of the process.
        published: The hash; `None` when it could not be found.
    """
    findings = Findings(unchecked=list(snapshot.unread))
    _judge_threads(snapshot, findings)
    _judge_filters(snapshot, published, findings)
    _judge_open(snapshot, findings)
    return findings


def programs(snapshot: Snapshot) -> list[bytes]:
    """Return the filters of all threads, each once, the oldest first."""
    threads = snapshot.threads
    return list(dict.fromkeys(program for t in threads for program in t.filters))


def _judge_threads(snapshot: Snapshot, findings: Findings) -> None:
    threads = snapshot.threads
    findings.lines.append(f"process {snapshot.pid}: {len(threads)} thread(s)")
    for thread in threads:
        privs = "no new privileges" if thread.no_new_privs else "may gain privileges"
        findings.lines.append(
            f"  thread {thread.number}: seccomp mode {thread.mode},"
            f" {len(thread.filters)} filter(s) read, {privs}"
        )
        findings.more += _lacks(thread)
        if thread.mode == FILTERED and not thread.filters:
            findings.unchecked.append(f"thread {thread.number}: no filter was told")
    if not threads:
        findings.unchecked.append("no thread was found")
    if len({thread.filters for thread in threads}) > 1:
        findings.more.append("its threads are under different filters")


def _judge_filters(
    snapshot: Snapshot, published: str | None, findings: Findings
) -> None:
    """Follow the published filter; one beside it, such as systemd's, only takes away.

    Where the published one is not found, each filter is followed.
    """
    locked = True
    for thread in snapshot.threads:
        if all(_digest(program) != published for program in thread.filters):
            locked = False
            if published is not None and thread.filters:
                findings.more.append(
                    f"no filter of thread {thread.number} has the published hash"
                )
    for program in programs(snapshot):
        digest = _digest(program)
        same = "published" if digest == published else "NOT the published one"
        findings.lines.append(f"filter: {len(program) // 8} instructions, sha256")
        findings.lines.append(f"  {digest} ({same})")
        try:
            if locked and digest != published:
                _judge_further(program, findings)
            else:
                _judge_program(program, findings)
        except FilterError as error:
            findings.unchecked.append(f"filter {digest[:8]}: {error}")


def _digest(program: bytes) -> str:
    return hashlib.sha256(program).hexdigest()


def _lacks(thread: Thread) -> list[str]:
    lacks = []
    if thread.mode != FILTERED:
        lacks.append(f"thread {thread.number} is under no filter: it may do anything")
    if not thread.no_new_privs:
        lacks.append(f"thread {thread.number} may gain privileges")
    return lacks


def _judge_further(program: bytes, findings: Findings) -> None:
    if only_takes_away(answers(program)):
        findings.lines.append("  it comes on top: it can only forbid more")
    else:
        findings.more.append("a further filter hands calls on, or writes them down")


def _judge_program(program: bytes, findings: Findings) -> None:
    allowed = permissions(paths(program))
    findings.lines.append(f"  it allows, on {len(allowed)} paths:")
    for permission in allowed:
        sends = "   <- DATA CAN LEAVE HERE" if permission.emits else ""
        findings.lines.append(f"    {permission}{sends}")
    ways = [permission for permission in allowed if permission.emits]
    findings.lines.append(f"  data can leave on {len(ways)} of them")
    findings.more += [f"allowed: {way}" for way in ways if not _is_documented(way)]
    if len(ways) > 1:
        findings.more.append(f"{len(ways)} ways out where one is documented")


def _is_documented(way: Permission) -> bool:
    return str(way) == _WAY_OUT


def _judge_open(snapshot: Snapshot, findings: Findings) -> None:
    findings.lines.append("open descriptors:" if snapshot.descriptors else "none open")
    for item in snapshot.descriptors:
        told = f"{item.number}: {item.kind}, {item.access}, {item.name}"
        findings.lines.append(f"  {told}")
        if (item.number, item.kind, item.access) not in _OPEN:
            findings.more.append(f"open: {told}")
    findings.lines.append(f"shared mappings: {len(snapshot.shared)}")
    for mapping in snapshot.shared:
        how = "can be written" if mapping.writable else "read only for ever"
        told = f"{mapping.addresses} {mapping.name} ({how})"
        findings.lines.append(f"  {told}")
        if mapping.writable:
            findings.more.append(f"shared: {told}")


def _dump(found: Sequence[bytes], file: Path, findings: Findings) -> None:
    """Write the raw filters: the first to the file, further ones beside it."""
    try:
        for number, program in enumerate(found):
            name = f"{file.name}.{number + 1}" if number else file.name
            file.with_name(name).write_bytes(program)
    except OSError as error:
        findings.unchecked.append(f"dump: {error.strerror}: {error.filename}")


def main() -> int:
    """Read, print, and return the exit status."""
    parser = argparse.ArgumentParser(prog="prove", description=__doc__.split("\n")[0])
    parser.add_argument("pid", type=int)
    parser.add_argument("--dump", type=Path, help="write the raw filter there")
    parser.add_argument("--documented", default=str(PAGE), help="hash, or page with it")
    told = parser.parse_args()
    missing, published = [], None
    try:
        published = documented(told.documented, platform.machine())
    except DocumentedError as error:
        missing.append(str(error))
    try:
        snapshot = take(told.pid)
    except ProcessError as error:
        findings = Findings(unchecked=[str(error)])
    else:
        findings = judge(snapshot, published)
        if told.dump:
            # The published one, if it is there, is what FILE holds.
            found = sorted(programs(snapshot), key=lambda p: _digest(p) != published)
            _dump(found, told.dump, findings)
    findings.unchecked += missing
    sys.stdout.write(findings.text)
    return findings.code


if __name__ == "__main__":
    raise SystemExit(main())
