"""Files on network file systems are told from those on disks, by Linux's table of mounts."""

from __future__ import annotations

from pathlib import Path

import pytest

from hume import disks
from hume.disks import network_kind

TABLE = """/dev/sda1 / ext4 rw,relatime 0 0
server:/home /home nfs4 rw,vers=4.2 0 0
/dev/sdb1 /home/local ext4 rw 0 0
//server/share /mnt/two\\040words cifs rw 0 0
tmpfs /srv tmpfs rw 0 0
me@server:/x /srv fuse.sshfs rw 0 0
"""


@pytest.fixture(autouse=True)
def table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    (tmp_path / "mounts").write_text(TABLE)
    monkeypatch.setattr(disks, "MOUNTS", tmp_path / "mounts")
    return tmp_path / "mounts"


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("/var/lib/hume/hume.db", None),
        ("/home/me/hume.db", "nfs4"),
        ("/home/local/hume.db", None),
        ("/homes/hume.db", None),
        ("/mnt/two words/hume.db", "cifs"),
        ("/srv/hume.db", "fuse.sshfs"),
    ],
)
def test_the_deepest_and_latest_mount_tells(file: str, kind: str | None) -> None:
    assert network_kind(Path(file)) == kind


def test_where_there_is_no_table_nothing_is_said(table: Path) -> None:
    table.unlink()
    assert network_kind(Path("/home/me/hume.db")) is None
