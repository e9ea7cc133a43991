"""The process's stderr is silenced while needed and always given back."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import os, threading
from fer_core.base.quiet import quiet

inside, leave = threading.Event(), threading.Event()

def other():
    with quiet():
        inside.set()
        leave.wait()

os.write(2, b"before ")
thread = threading.Thread(target=other)
with quiet():
    thread.start()
    inside.wait()
    os.write(2, b"HIDDEN ")
os.write(2, b"STILL-HIDDEN ")
leave.set()
thread.join()
os.write(2, b"after ")
try:
    with quiet():
        raise ValueError
except ValueError:
    os.write(2, b"end")
"""


def test_overlapping_users_in_two_threads_leave_stderr_as_it_was() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stderr == "before after end"
