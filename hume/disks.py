"""Whether a file lies on this machine's own disk."""

from __future__ import annotations

import re
from pathlib import Path

MOUNTS = Path("/proc/mounts")
"""Linux's table of what is mounted where; other systems have none, and nothing is said of them."""
NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "lustre", "gpfs", "beegfs", "glusterfs", "9p"}
)
BY_PROGRAM = frozenset({"fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.rclone", "fuse.s3fs"})


def network_kind(file: Path) -> str | None:
    """The kind of network file system that `file` is to lie on, such as `nfs4`; None for a disk, or where unknown."""
    try:
        lines = MOUNTS.read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    place, found = file.resolve(), [line.split() for line in lines]
    over = [
        (len(folder.parts), number, kind)
        for number, (_, where, kind, *_) in enumerate(found)
        if place.is_relative_to(folder := Path(_plain(where)))
    ]
    kind = max(over)[2] if over else ""  # the deepest, of those the one that was mounted last
    return kind if kind in NETWORK | BY_PROGRAM else None


def _plain(where: str) -> str:
    """The table writes blanks as `\\040`."""
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), where)
