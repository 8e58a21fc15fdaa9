"""A machine of its own for units: systemd as the first process, in namespaces of its own.

Its disk is this one's beneath a layer in memory; it has a network without a way out. What
it leaves behind is the folder that it was given, which it sees as `/share`.
"""

import os
import subprocess
from pathlib import Path
from typing import Final

_BOOT: Final = """
mount --make-rprivate /
mkdir layer && mount -t tmpfs tmpfs layer && cd layer && mkdir up work root
mount -t overlay overlay -o lowerdir=/,upperdir=up,workdir=work root
mkdir -p root/share root/srv/kynnys && mount --bind "$share" root/share
cd root
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
for folder in run dev tmp; do mount -t tmpfs -o mode=755 tmpfs $folder; done
mkdir dev/shm dev/pts dev/mqueue && mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t devpts devpts dev/pts && ln -s pts/ptmx dev/ptmx
for node in 'null 1 3' 'zero 1 5' 'full 1 7' 'random 1 8' 'urandom 1 9' 'tty 5 0' 'video0 81 0'
do
    set -- $node; mknod -m 666 dev/$1 c $2 $3
done
chroot . groupadd --system --force kynnys
chroot . useradd --system --gid kynnys --no-create-home kynnys 2>/dev/null || true
mkdir -p etc/kynnys var/lib/kynnys etc/tmpfiles.d
touch etc/kynnys/eye.toml && chmod 640 etc/kynnys/eye.toml
chmod 750 etc/kynnys && chroot . chown -R kynnys:kynnys /etc/kynnys
cp "$share"/units/* etc/systemd/system/
cp "$share"/kynnys.conf etc/tmpfiles.d/
mkdir old && pivot_root . old && umount -l old
exec /lib/systemd/systemd --system --unit=trial.target --log-target=null
"""
_TARGET: Final = """[Unit]
Requires=systemd-tmpfiles-setup.service dbus.socket
Wants=trial.service
"""
_TRIAL: Final = """[Service]
Type=oneshot
ExecStart=/bin/sh /share/trial.sh
ExecStopPost=/bin/systemctl --no-block exit
"""


class NoMachineError(Exception):
    """None can be had here; the text says why."""


def run(share: Path, units: dict[str, str], pipes: str, script: str) -> str:
    """Boot, run a script there as root, and return what it printed.

    Args:
        share: An empty folder; the machine sees it as `/share`.
        units: Text by name.
        pipes: What systemd-tmpfiles makes.
        script: For `/bin/sh`.

    Raises:
        NoMachineError: The kernel or the rights for it are missing.
    """
    (share / "units").mkdir()
    for name, text in {
        **units,
        "trial.target": _TARGET,
        "trial.service": _TRIAL,
    }.items():
        (share / "units" / name).write_text(text)
    (share / "kynnys.conf").write_text(pipes)
    (share / "trial.sh").write_text(f"exec >/share/told 2>&1\n{script}\necho ended\n")
    (share / "boot.sh").write_text(f"set -e\nshare={share}\ncd {share}\n{_BOOT}")
    group = _group() / f"kynnys-{os.getpid()}-{share.name}"
    try:
        group.mkdir()
    except OSError as error:
        raise NoMachineError(str(error)) from error
    try:
        booted = _boot(share, group)
    finally:
        # systemd leaves the groups of its units, by now without processes.
        for left in sorted(group.rglob("*/"), reverse=True):
            left.rmdir()
        group.rmdir()
    told = share / "told"
    if not told.exists():
        raise NoMachineError(booted.stderr.strip() or "systemd does not boot here")
    return told.read_text()


def _boot(share: Path, group: Path) -> subprocess.CompletedProcess[str]:
    enter = f"echo $$ > {group}/cgroup.procs && exec env container=kynnys"
    apart = "unshare -m -p -f -u -i -n -C --kill-child"
    return subprocess.run(
        ["/bin/sh", "-c", f"{enter} timeout 150 {apart} /bin/sh {share}/boot.sh"],
        capture_output=True,
        text=True,
        check=False,
    )


def _group() -> Path:
    """Return where the second version of control groups is mounted."""
    for line in Path("/proc/mounts").read_text().splitlines():
        _, where, kind, *_ = line.split()
        if kind == "cgroup2":
            return Path(where)
    raise NoMachineError("no second version of control groups")
