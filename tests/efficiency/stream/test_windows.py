"""The live benchmarks: equal results, the figures they promise, and a stream that keeps nothing for ever."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fer_core.base.errors import SettingError
from fer_core.base.paths import REPOSITORY, bundles_dir
from fer_core.cli import bench_words
from fer_core.cli.main import main
from fer_core.efficiency.stream import browser as browser_speed
from fer_core.efficiency.stream import frames as frame_speed
from fer_core.efficiency.stream import windows as live_speed
from fer_core.efficiency.stream.soak import _slope, soak
from fer_core.efficiency.stream.windows import Reading, one_network_each
from fer_core.live.state import LiveState
from fer_core.models.bundle import Bundle, load_bundle
from ui.live.words import speed_words


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load_bundle(bundles_dir() / "ckplus-live")


def test_the_command_says_all_of_it() -> None:
    """And TensorFlow is in another process: a server that reads a camera has none either."""
    pytest.importorskip("skimage")
    code = (
        "import sys\nfrom fer_core.cli.main import main\nif __name__ == '__main__':\n"
        "    status = main(['bench', 'live', '--turns', '2', '--seconds', '0.2', '--json'])\n"
        "    sys.exit(status or 7 * ('tensorflow' in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    r = json.loads(done.stdout)
    assert r["classifiers"] == 6
    assert r["largest_difference"] < 1e-5, "Keras says something else"
    assert min(r[name] for name in ("ratio_predict", "ratio_call", "predict_p50_ms", "call_p50_ms")) > 0
    assert all(r[f"{way}p95_ms"] >= r[f"{way}p50_ms"] > 0 for way in ("", "bundle_", "reading_", "frame_"))
    assert (r["width"], r["height"], r["found"]) == (640, 480, 1.0)
    assert r["overhead_processor"] > 0 and r["fps"] > 0
    assert r["overhead_range"][0] <= r["overhead"] <= r["overhead_range"][1]
    assert f"{r['p50_ms']:.2f} ms" in bench_words.live(r) and f"{r['overhead']:.2f}" in bench_words.live(r)


def test_the_six_are_the_bundles_first_networks(bundle: Bundle) -> None:
    six, r = one_network_each(bundle), bundle.recogniser
    assert (six.recogniser.members, six.recogniser.mirrored) == (1, False)
    assert all(len(array) == len(r.emotions) for array in six.recogniser.weights.values())
    np.testing.assert_array_equal(six.recogniser.weights["recurrent"], r.weights["recurrent"][:6])


@pytest.mark.parametrize(
    "measure",
    [
        lambda: live_speed.compare(0),
        lambda: frame_speed.compare(0),
        lambda: frame_speed.compare(1, 0.0),
        lambda: soak(0.0),
        lambda: soak(1.0, 0.0),
        lambda: browser_speed.measure(0.0),
    ],
)
def test_impossible_numbers_are_refused(measure: Any) -> None:
    with pytest.raises(SettingError, match=r"1 or more|above 0"):
        measure()


def test_the_pages_own_words_are_understood() -> None:
    state = LiveState(latency_p50=7.4, latency_p95=12.2, fps=29.6, frames=90, dropped=10)
    found = browser_speed.SAYS.search(speed_words(state).replace("**", ""))
    assert found is not None
    assert [int(v) for v in found.groups()] == [30, 7, 12, 10, 100]
    r = {
        "readings": 3,
        "cores": 2,
        "load_before": None,
        "browser_fps": 30.0,
        "browser_p50_ms": 7.0,
        "browser_p95_ms": 12.0,
        "browser_dropped": 0.1,
    }
    assert "30 frames a second, 7 ms each, 95% within 12 ms, 10% passed over" in bench_words.in_browser(r)


def test_one_matrix_thread_is_for_the_whole_process() -> None:
    code = (
        "import numpy, threadpoolctl\nfrom fer_core.base.matrix_threads import use_one_matrix_thread\n"
        "use_one_matrix_thread()\n"
        "print({p['num_threads'] for p in threadpoolctl.threadpool_info() if p['user_api'] == 'blas'})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        env={"OPENBLAS_NUM_THREADS": "2", "PATH": ""},
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "{1}"), done.stderr


# --- soak ---------------------------------------------------------------------------------------------

WARM, FRAMES = 1000, 3000  # at 30 a second; the stream itself remembers 30 s
BOUND = 300_000  # bytes; played forth and back, a window holds some faces (4 kB each) once or twice


class Leaky(Reading):
    """A stream with a fault: somebody keeps every state."""

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle)
        self.kept: list[LiveState] = []

    def frame(self) -> float:
        taken = super().frame()
        self.kept.append(self._stream.snapshot())
        return taken


def held(thing: object, seen: set[int]) -> int:
    """Bytes of an object and of everything it holds, arrays included."""
    if id(thing) in seen or isinstance(thing, type | Bundle):
        return 0
    seen.add(id(thing))
    size = thing.nbytes if isinstance(thing, np.ndarray) else sys.getsizeof(thing)
    inside: list[object] = [getattr(thing, "__dict__", None)]
    if isinstance(thing, dict):
        inside += [*thing.keys(), *thing.values()]
    elif isinstance(thing, list | tuple | set | deque):
        inside += thing
    return size + sum(held(each, seen) for each in inside if each is not None)


def growth(reading: Reading) -> int:
    """Bytes that frames leave behind in the stream once its own memory is full."""
    for _ in range(WARM):
        reading.frame()
    before = held(reading, set())
    assert before > 200_000, "the stream's memory is not seen"
    for _ in range(FRAMES):
        reading.frame()
    return held(reading, set()) - before


def test_a_minute_of_a_stream_leaves_nothing_behind(bundle: Bundle) -> None:
    assert growth(Reading(one_network_each(bundle))) < BOUND


def test_a_planted_leak_is_seen(bundle: Bundle) -> None:
    assert growth(Leaky(one_network_each(bundle))) > 5 * BOUND


def test_a_short_soak_of_whole_frames(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("skimage")
    assert main(["bench", "soak", "--minutes", "0.1", "--json"]) == 0
    r = json.loads(capsys.readouterr().out)
    assert len(r["parts"]) >= 9
    assert r["frames"] == sum(part["frames"] for part in r["parts"])
    if r["memory_growth_mb"] is not None:
        assert r["memory_growth_mb"] < 20
    words = bench_words.soak(r)
    assert len(words.splitlines()) == len(r["parts"]) + 3 and "per minute" in words


def test_pace_is_kept(bundle: Bundle) -> None:
    pytest.importorskip("skimage")
    r = soak(0.05, 10.0, bundle=bundle)
    assert r["frames"] <= 3 * 10 + 2


def test_growth_is_a_slope_per_minute() -> None:
    assert _slope([1.0, 1.5, 2.0], 30.0) == pytest.approx(1.0)
    assert _slope([1.0], 30.0) is None


def test_benchmarks_are_the_commands() -> None:
    for file in ("extract", "live", "soak", "startup", "train"):
        text = (REPOSITORY / "benchmarks" / f"{file}.py").read_text(encoding="utf-8")
        assert f'main(["bench", "{file}"' in text
    assert Path(REPOSITORY / "docs" / "performance.md").is_file()
