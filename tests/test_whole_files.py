"""Files that are whole or not there, on disks that are really full, and only where a file may stand."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fer_core.base.errors import PathError
from fer_core.files import whole_files
from fer_core.files.whole_files import whole, writable_folder, writable_target

REPOSITORY = Path(__file__).resolve().parents[1]

NO_FILES = ("folder", "pipe", "socket", "link to a file", "link to a folder", "dead link", "link to itself")


def stand(place: Path, what: str) -> Path:
    """Something that is no file, at a path."""
    other = place.with_name("other")
    if what == "folder":
        place.mkdir()
    elif what == "pipe":
        os.mkfifo(place)
    elif what == "socket":
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(os.path.relpath(place))  # the name of a socket may not be long
    elif what == "link to itself":
        place.symlink_to(place)
    else:
        if what == "link to a file":
            other.write_text("precious")
        elif what == "link to a folder":
            other.mkdir()
        place.symlink_to(other)
    return place


@pytest.mark.parametrize("what", NO_FILES)
def test_what_is_no_file_is_refused_and_stays(tmp_path: Path, what: str) -> None:
    place = stand(tmp_path / "out", what)
    before = place.lstat()
    with pytest.raises(PathError, match="stands where the file would go"):
        writable_target(place)
    with pytest.raises(PathError, match="stands where the file would go"):
        whole_files.write_text(place, "x")
    after = place.lstat()
    assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode)
    if what == "link to a file":
        assert place.read_text() == "precious"
    assert not list(tmp_path.glob(".*.part"))


def test_a_device_is_refused() -> None:
    before = Path("/dev/full").lstat()
    for device in ("/dev/full", "/dev/null", "/dev/stdout"):
        with pytest.raises(PathError, match="stands where the file would go"):
            writable_target(device)
    assert stat.S_ISCHR(before.st_mode) and Path("/dev/full").lstat().st_ino == before.st_ino


@pytest.mark.parametrize("path", ["", ".", "..", "file/x.onnx", "a\0b", "x" * 300, "/proc/x.onnx"])
def test_what_names_no_file_that_could_be_written_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("no folder")
    if path.startswith("/proc") and os.access("/proc", os.W_OK):
        pytest.skip("root may write anywhere, it is said")
    with pytest.raises(PathError):
        writable_target(path)


def test_a_file_in_folders_still_to_be_made_is_fine_and_a_file_may_be_replaced(tmp_path: Path) -> None:
    assert writable_target(tmp_path / "a" / "b" / "c.onnx").name == "c.onnx"
    (tmp_path / "old").write_text("old")
    assert writable_target(tmp_path / "old") == tmp_path / "old"
    assert writable_folder(tmp_path / "new") == tmp_path / "new"
    (tmp_path / "link").symlink_to(tmp_path)
    writable_folder(tmp_path / "link")  # a disk of its own, linked to
    for wrong in ("old", "old/new"):
        with pytest.raises(PathError):
            writable_folder(tmp_path / wrong)


def test_an_error_leaves_the_older_file_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    file.write_text("old")
    with pytest.raises(ZeroDivisionError), whole(file) as out:
        out.write(b"half")
        raise ZeroDivisionError
    with pytest.raises(KeyboardInterrupt), whole_files.whole_folder(tmp_path / "bundle") as folder:
        whole_files.write_text(folder / "a", "half")
        raise KeyboardInterrupt
    assert [f.name for f in tmp_path.iterdir()] == ["result.json"] and file.read_text() == "old"


def test_a_folder_is_filled_at_once_and_keeps_what_else_it_holds(tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    for text in ("first", "second"):
        with whole_files.whole_folder(folder) as made:
            whole_files.write_text(made / "card.md", text)
        assert (folder / "card.md").read_text() == text
        (folder / "graph.onnx").touch()
    (folder / "card.md").unlink()
    (folder / "card.md").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PathError, match="a link stands"), whole_files.whole_folder(folder) as made:
        whole_files.write_text(made / "card.md", "third")
    assert not (tmp_path / "elsewhere").exists()
    assert sorted(f.name for f in folder.iterdir()) == ["card.md", "graph.onnx"]
    assert [f.name for f in tmp_path.iterdir()] == ["bundle"]


def test_arrays_are_what_numpy_reads(tmp_path: Path) -> None:
    arrays = {"a/b": np.arange(6.0).reshape(2, 3), "text": np.array("é"), "none": np.zeros((0, 2), bool)}
    for compress in (False, True):
        whole_files.write_arrays(tmp_path / "x.npz", arrays, compress=compress)
        with np.load(tmp_path / "x.npz", allow_pickle=False) as read:
            assert {k: read[k].tolist() for k in read.files} == {k: v.tolist() for k, v in arrays.items()}
    with pytest.raises(ValueError, match="allow_pickle"):
        whole_files.write_arrays(tmp_path / "x.npz", {"o": np.array([{}])})


FILL = """
import sys
from pathlib import Path
import numpy as np
from fer_core import runs
from fer_core.files import whole_files
from fer_core.datasets.uploads import save_upload, unpack_zip
from fer_core.base.errors import FerError
from fer_core.landmarks.cache import TrackCache
from fer_core.landmarks.track import Track

disk = Path(sys.argv[1])
big = np.zeros((400, 468, 2), np.float32)
numbers = np.arange(400)
track = Track(big, np.ones(400, bool), numbers, 1.0, np.ones(400, int))
run = runs.RunFolder(disk / "run")
(disk / "cache").mkdir()
cache = TrackCache(disk / "cache")
if len(sys.argv) > 2:
    (disk / "filler").write_bytes(bytes(int(sys.argv[2])))
before = sorted(map(str, disk.rglob("*")))
attempts = {
    "landmarks": lambda: cache.store("ab12", track),
    "arrays": lambda: whole_files.write_arrays(disk / "x.npz", {"a": big}, compress=False),
    "bundle": lambda: folder(disk / "bundle"),
    "upload": lambda: save_upload(bytes(1_500_000), "a.png", disk / "run"),
}

def folder(place):
    with whole_files.whole_folder(place) as made:
        whole_files.write_text(made / "card.md", "card")
        whole_files.write_arrays(made / "arrays.npz", {"a": big})

for name, attempt in attempts.items():
    try:
        attempt()
        print(name, "was written")
    except OSError as error:
        print(name, whole_files.sentence_of(error))
    except FerError as error:
        print(name, error)
left = set(map(str, disk.rglob("*"))) - set(before) - {str(disk / "cache" / "ab")}
print("left", sorted(left))
"""


def _checked(done: subprocess.CompletedProcess[str], disk: Path, why: str) -> None:
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert lines[-1] == "left []", done.stdout
    assert done.stderr == "", "not even an error that is ignored"
    for line, name in zip(lines, ("landmarks", "arrays", "bundle", "upload"), strict=False):
        assert line.startswith(name) and why in line and "free s" in line, line
        assert str(disk) in line or name == "upload", line


def test_a_file_that_may_not_grow_leaves_no_parts(tmp_path: Path) -> None:
    limit = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", limit + FILL, str(tmp_path)], cwd=REPOSITORY, capture_output=True, text=True
    )
    _checked(done, tmp_path, "File too large")


def test_a_disk_that_is_really_full_keeps_no_parts(tmp_path: Path) -> None:
    """Row by row what is written: landmarks, a bundle, an upload; a disk that stays full helps nobody."""
    unshare = shutil.which("unshare")
    if not unshare:
        pytest.skip("no unshare here, so no disk of its own")
    disk = tmp_path / "disk"
    disk.mkdir()
    script = f"mount -t tmpfs -o size=2m tmpfs '{disk}' || exit 77; exec \"$@\""
    done = subprocess.run(
        [unshare, "-m", "sh", "-c", script, "sh", sys.executable, "-c", FILL, str(disk), "1300000"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip(f"no disk of its own can be mounted here: {done.stderr.strip()}")
    _checked(done, disk, "No space left on device")


def test_a_writer_that_is_killed_leaves_the_older_file(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    file.write_text("old")
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom fer_core.files.whole_files import whole\n"
        "with whole(Path(sys.argv[1])) as out:\n    out.write(b'half')\n    out.flush()\n"
        "    os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(file)], cwd=REPOSITORY)
    assert done.returncode == -signal.SIGKILL
    assert file.read_text() == "old"
