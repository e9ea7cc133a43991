"""The start of the app, from a real server: what is waited for, and what the server has loaded by then."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fer_core.base.errors import SettingError
from fer_core.cli import bench_words
from fer_core.cli.main import main
from fer_core.efficiency.app_server import AppServer, app_server, has_browser
from fer_core.efficiency.startup_speed import HEAVY, fields, measure, run_script


def test_the_first_page_draws_without_heavy_packages(capsys: pytest.CaptureFixture[str]) -> None:
    """What the server has loaded is read from the system, not asked of the server."""
    assert main(["bench", "startup", "--starts", "1", "--json"]) == 0
    r = json.loads(capsys.readouterr().out)
    assert r["until"] == ("drawn in Chromium" if has_browser() else "script finished")
    assert 0 < r["answers_seconds"] < r["seconds"] == r["first_seconds"]
    if r["native_packages"] is not None:  # Linux
        assert "numpy" in r["native_packages"], "nothing was seen"
        assert r["heavy"] == []
    assert f"{r['seconds']:.1f} s" in bench_words.startup(r)
    assert "heavy packages loaded by then: mediapipe" in bench_words.startup(r | {"heavy": ["mediapipe"]})


def test_without_a_browser_the_script_is_awaited() -> None:
    r = measure(1, with_browser=False)
    assert r["until"] == "script finished"
    assert 0 < r["answers_seconds"] < r["seconds"]


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="the system does not say what is loaded")
def test_a_loaded_mediapipe_is_seen() -> None:
    """Planted: a process that has loaded what no page should need."""
    code = (
        "import time\nfrom fer_core.landmarks._mediapipe import import_mediapipe\n"
        "import_mediapipe()\nprint('ready', flush=True)\ntime.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        loaded = AppServer(process, 0, time.perf_counter()).native_packages()
        assert loaded is not None
        assert {"mediapipe"} == set(loaded) & set(HEAVY)
    finally:
        process.kill()
        process.wait()


def test_a_server_that_never_answers_is_one_sentence() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with pytest.raises(SettingError, match=r"does not answer.*streamlit run app\.py"):
        AppServer(gone, 9, time.perf_counter()).wait_until_it_answers()


def test_the_server_ends_with_the_measurement(tmp_path: Path) -> None:
    with app_server(tmp_path) as server:
        server.wait_until_it_answers()
        run_script(server)
    assert server.process.poll() is not None


def test_fields_are_those_of_streamlits_own_messages() -> None:
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    from fer_core.efficiency.startup_speed import _FINISHED, _RUN

    ended = ForwardMsg(hash="a" * 300, script_finished=ForwardMsg.FINISHED_SUCCESSFULLY)
    assert list(fields(ended.SerializeToString())) == [1, _FINISHED]
    going_on = ForwardMsg(hash="b")
    going_on.metadata.delta_path.extend([0, 300])
    going_on.delta.new_element.markdown.body = "0\x00" * 200  # the bytes of a finished script, inside a text
    assert _FINISHED not in list(fields(going_on.SerializeToString()))
    assert BackMsg.FromString(_RUN).WhichOneof("type") == "rerun_script"


@pytest.mark.parametrize("damaged", [b"\x0a", b"\x80", b"\x0b\x00"])
def test_bytes_that_are_no_message_are_one_sentence(damaged: bytes) -> None:
    with pytest.raises(SettingError, match="cannot be read"):
        list(fields(damaged))


def test_no_start_at_all_is_refused() -> None:
    with pytest.raises(SettingError, match="1 or more"):
        measure(0)
