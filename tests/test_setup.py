"""Set-up: what is missing is said in one line, and a half-done install is never taken for a whole one.

The Pythons here are small shell scripts that play a machine with a fault; make, sh and the project's own
files are the real ones.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
CHECK = REPOSITORY / "scripts" / "check_setup.sh"
SH = shutil.which("sh") or "/bin/sh"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="make and sh are needed")


def script(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{SH}\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def pretend_python(path: Path, version: str = "3.11", lacks: str = "nothing-at-all") -> Path:
    """A Python of that version on which every probe that mentions ``lacks`` fails."""
    body = f"""
case "$*" in
    *{lacks}*) exit 1 ;;
    *sys.version_info*) echo {version} ;;
esac"""
    return script(path, body)


def check(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the check on a machine that has nothing on PATH but what lies in ``path``."""
    return subprocess.run(
        [SH, str(CHECK), *arguments], env={"PATH": str(path)}, capture_output=True, text=True, timeout=60, check=False
    )


def complaint(done: subprocess.CompletedProcess[str]) -> str:
    """The one line of a check that failed."""
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


class TestCheck:
    def test_this_machine_passes(self) -> None:
        done = subprocess.run([SH, str(CHECK), sys.executable], capture_output=True, text=True, timeout=60, check=False)
        assert (done.stdout.strip(), done.stderr) == (sys.executable, "")

    def test_no_python(self, tmp_path: Path) -> None:
        line = complaint(check(tmp_path))
        assert "3.10, 3.11 or 3.12" in line
        assert "python3 is absent" in line
        assert "sudo apt-get install python3 python3-venv" in line

    @pytest.mark.parametrize("version", ["3.9", "3.13", "2.7", "3.1"])
    def test_only_a_python_out_of_range(self, tmp_path: Path, version: str) -> None:
        pretend_python(tmp_path / "python3", version)
        line = complaint(check(tmp_path))
        assert f"python3 is {version}" in line
        assert "sudo apt-get install python3 python3-venv" in line

    def test_no_ensurepip(self, tmp_path: Path) -> None:
        pretend_python(tmp_path / "python3", "3.11", lacks="ensurepip")
        line = complaint(check(tmp_path))
        assert "lacks python3-venv" in line
        assert "sudo apt-get install python3-venv python3.11-venv" in line

    @pytest.mark.parametrize("library", ["libGL.so.1", "libgthread-2.0.so.0"])
    def test_no_library_for_opencv(self, tmp_path: Path, library: str) -> None:
        pretend_python(tmp_path / "python3.12", "3.12", lacks=library)
        line = complaint(check(tmp_path))
        assert library in line
        assert "sudo apt-get install libgl1 libglib2.0-0" in line

    def test_a_library_that_is_really_absent(self, tmp_path: Path) -> None:
        # The probe itself, with the real Python and a name that no machine has.
        copy = tmp_path / "check.sh"
        copy.write_text(CHECK.read_text(encoding="utf-8").replace("libGL.so.1", "libNoSuchThing.so.1"))
        done = subprocess.run([SH, str(copy), sys.executable], capture_output=True, text=True, timeout=60, check=False)
        assert "libNoSuchThing.so.1" in complaint(done)

    def test_the_first_complete_python_is_taken(self, tmp_path: Path) -> None:
        script(tmp_path / "python3.11", "exit 127")  # a version manager's shim for what it does not have
        pretend_python(tmp_path / "python3.12", "3.12", lacks="ensurepip")
        pretend_python(tmp_path / "python3.10", "3.10")
        pretend_python(tmp_path / "python3", "3.13")
        done = check(tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (0, "python3.10\n", "")

    def test_a_python_named_by_hand_comes_first(self, tmp_path: Path) -> None:
        pretend_python(tmp_path / "python3.11")
        named = pretend_python(tmp_path / "my own" / "python", "3.12")
        assert check(tmp_path, str(named)).stdout == f"{named}\n"

    def test_a_python_named_by_hand_that_does_not_fit(self, tmp_path: Path) -> None:
        pretend_python(tmp_path / "python3.11")
        old = pretend_python(tmp_path / "old", "3.8")
        assert "is Python 3.8, outside 3.10 to 3.12" in complaint(check(tmp_path, str(old)))
        assert "no Python that runs" in complaint(check(tmp_path, str(tmp_path / "gone")))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of the set-up's own files, on a machine whose only Python is a pretended one."""
    if not shutil.which("make"):
        pytest.skip("make is not installed: sudo apt-get install make")
    home = tmp_path / "check out"
    (home / "scripts").mkdir(parents=True)
    shutil.copy(CHECK, home / "scripts")
    for name in ("Makefile", "requirements.txt", "requirements-dev.txt", "constraints.txt"):
        shutil.copy(REPOSITORY / name, home)
    inside = """
case "$*" in
    *"pip install"*)
        echo "$*" >> installs
        [ -e slow ] && { touch started; sleep 30; }
        if [ -e broken ]; then exit 1; fi ;;
    *"streamlit run"*|*pytest*|*ruff*|*mypy*) echo "data=${FER_LAB_DATA:-} $*" >> runs ;;
esac"""
    script(home / "inside", inside)
    outside = """
case "$*" in
    *"-m venv"*) mkdir -p .venv/bin && cp inside .venv/bin/python ;;
    *sys.version_info*) echo 3.11 ;;
esac"""
    script(home / "bin" / "python3.11", outside)
    return home


def machine(home: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    knobs = ("PYTHON", "DATA", "PORT", "TESTS", "WORKERS")
    clean = {name: value for name, value in clean.items() if name not in knobs}
    return clean | {"PATH": f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def make(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *arguments], cwd=home, env=machine(home), capture_output=True, text=True, timeout=60, check=False
    )


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def stamps(home: Path) -> set[str]:
    return {path.name for path in (home / ".venv").glob(".installed-*")}


class TestMake:
    def test_help_is_what_make_says_by_itself(self, checkout: Path) -> None:
        said = make(checkout).stdout
        assert all(f"make {target}" in said for target in ("app", "test", "lint", "bench", "clean"))
        assert not (checkout / ".venv").exists()

    def test_app_installs_once_in_one_resolution_and_starts(self, checkout: Path) -> None:
        for _ in range(2):
            assert make(checkout, "app").returncode == 0
        (install,) = lines(checkout / "installs")
        assert install.endswith("-r requirements.txt -c constraints.txt")
        assert lines(checkout / "runs") == ["data= -m streamlit run app.py"] * 2

    def test_knobs(self, checkout: Path) -> None:
        (checkout / "my clips").mkdir()
        assert make(checkout, "app", "DATA=my clips", "PORT=8600").returncode == 0
        assert lines(checkout / "runs") == ["data=my clips -m streamlit run app.py --server.port 8600"]
        assert make(checkout, "test", "TESTS=tests/test_pins.py").returncode == 0
        assert lines(checkout / "runs")[-1] == "data= -m pytest tests/test_pins.py"
        assert make(checkout, "test", "TESTS=tests/live", "WORKERS=4").returncode == 0
        (spread,) = lines(checkout / "runs")[-1:]
        assert spread.startswith("data= -m pytest -n 4 --dist loadfile ") and spread.endswith(" tests/live")

    def test_data_that_is_no_folder(self, checkout: Path) -> None:
        done = make(checkout, "app", "DATA=gone")
        assert done.returncode != 0
        assert "DATA=gone is no folder" in done.stderr
        assert lines(checkout / "runs") == []

    def test_test_and_lint_share_one_install(self, checkout: Path) -> None:
        assert make(checkout, "test").returncode == 0
        assert make(checkout, "lint").returncode == 0
        assert make(checkout, "app").returncode == 0
        (install,) = lines(checkout / "installs")
        assert install.endswith("-r requirements.txt -r requirements-dev.txt -c constraints.txt")
        ran = [line.removeprefix("data= -m ") for line in lines(checkout / "runs")]
        spread = "-n 2 --dist loadfile --no-loadscope-reorder"
        assert ran[:4] == [f"pytest {spread} tests", "ruff check .", "ruff format --check .", "mypy"]

    def test_changed_requirements_are_installed_again(self, checkout: Path) -> None:
        make(checkout, "test")
        later = time.time() + 5
        os.utime(checkout / "constraints.txt", (later, later))
        assert make(checkout, "test").returncode == 0
        assert len(lines(checkout / "installs")) == 2

    def test_a_failed_install_is_begun_again(self, checkout: Path) -> None:
        make(checkout, "test")
        later = time.time() + 5
        os.utime(checkout / "requirements.txt", (later, later))
        (checkout / "broken").touch()
        assert make(checkout, "app").returncode != 0
        assert stamps(checkout) == set()
        assert len(lines(checkout / "runs")) == 1, "the app must not start on half an install"
        (checkout / "broken").unlink()
        assert make(checkout, "app").returncode == 0
        assert stamps(checkout) == {".installed-app"}

    def test_an_interrupted_install_is_begun_again(self, checkout: Path) -> None:
        (checkout / "slow").touch()
        running = subprocess.Popen(
            ["make", "app"],
            cwd=checkout,
            env=machine(checkout),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + 30
        while not (checkout / "started").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        os.killpg(running.pid, signal.SIGTERM)  # a runner in the background may ignore SIGINT
        assert running.wait(timeout=30) != 0
        assert stamps(checkout) == set()

    def test_an_environment_without_pip_is_made_anew(self, checkout: Path) -> None:
        script(checkout / ".venv" / "bin" / "python", "exit 1")
        assert make(checkout, "app").returncode == 0
        assert stamps(checkout) == {".installed-app"}

    def test_what_is_missing_stops_before_anything_is_made(self, checkout: Path) -> None:
        pretend_python(checkout / "bin" / "python3.11", lacks="libGL.so.1")
        done = make(checkout, "app")
        assert done.returncode != 0
        assert "sudo apt-get install libgl1 libglib2.0-0" in done.stderr
        assert not (checkout / ".venv").exists()


class TestContinuousIntegration:
    @pytest.fixture
    def clone(self, tmp_path: Path) -> Path:
        """A clone on a Debian that has everything but Chromium; apt, sudo and make only write down."""
        shutil.copytree(REPOSITORY / ".ci", tmp_path / ".ci")
        found = 'case "$*" in *chromium*) exit 1 ;; *) echo installed ;; esac'
        script(tmp_path / "bin" / "dpkg-query", found)
        script(tmp_path / "bin" / "sudo", 'exec "$@"')
        script(tmp_path / "bin" / "apt-get", f'echo "apt-get $*" >> "{tmp_path}/said"')
        script(tmp_path / "bin" / "make", f'echo "make $*" >> "{tmp_path}/said"; ! [ -e "broken-$1" ]')
        return tmp_path

    def run(self, clone: Path) -> int:
        # From another folder and without an input, as a runner would start it.
        done = subprocess.run(
            ["bash", str(clone / ".ci" / "run")],
            cwd="/",
            env=machine(clone),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
        return done.returncode

    def test_only_what_is_missing_is_installed(self, clone: Path) -> None:
        assert self.run(clone) == 0
        update, install, *rest = lines(clone / "said")
        assert update.startswith("apt-get update")
        assert install.startswith("apt-get install")
        assert install.endswith("chromium chromium-driver")
        assert rest == ["make lint", "make test"]

    def test_nothing_is_fetched_when_all_is_there(self, clone: Path) -> None:
        script(clone / "bin" / "dpkg-query", "echo installed")
        assert self.run(clone) == 0
        assert lines(clone / "said") == ["make lint", "make test"]

    @pytest.mark.parametrize("target", ["lint", "test"])
    def test_a_failure_is_a_failure(self, clone: Path, target: str) -> None:
        (clone / f"broken-{target}").touch()
        assert self.run(clone) != 0
        assert lines(clone / "said")[-1] == f"make {target}"


class TestStreamlitSettings:
    @pytest.fixture(scope="class")
    def settings(self) -> dict[str, object]:
        toml = pytest.importorskip("toml")  # Streamlit's own reader; the standard one is missing in 3.10
        found = toml.loads((REPOSITORY / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
        flat: dict[str, object] = {}

        def flatten(part: dict[str, object], prefix: str = "") -> None:
            for name, value in part.items():
                if isinstance(value, dict):
                    flatten(value, f"{prefix}{name}.")
                else:
                    flat[prefix + name] = value

        flatten(found)
        return flat

    def test_streamlit_knows_every_setting(self, settings: dict[str, object]) -> None:
        # An unknown one is ignored with a line in the log that nobody reads.
        from streamlit import config

        known = config.get_config_options()
        assert [name for name in settings if name not in known] == []

    def test_faces_and_errors_stay_here(self, settings: dict[str, object]) -> None:
        wanted = {
            "server.address": "localhost",
            "server.showEmailPrompt": False,
            "browser.gatherUsageStats": False,
            "client.showErrorDetails": "none",
            "client.showErrorLinks": False,
        }
        assert {name: settings.get(name) for name in wanted} == wanted

    def test_the_charts_use_the_emotions_own_colours(self, settings: dict[str, object]) -> None:
        from fer_core.base.emotions import EMOTIONS
        from fer_core.figures.theme import EMOTION_COLOURS

        colours = settings["theme.chartCategoricalColors"]
        assert isinstance(colours, list)
        assert [str(colour).lower() for colour in colours] == [EMOTION_COLOURS[e].lower() for e in EMOTIONS]

    @pytest.mark.parametrize("mode", ["light", "dark"])
    def test_both_themes_can_be_read(self, settings: dict[str, object], mode: str) -> None:
        # WCAG 2.2: 4.5 to 1 for text, 3 to 1 for the parts of a control.
        ground = settings[f"theme.{mode}.backgroundColor"]
        assert contrast(settings[f"theme.{mode}.textColor"], ground) >= 7
        assert contrast(settings[f"theme.{mode}.linkColor"], ground) >= 4.5
        assert contrast(settings[f"theme.{mode}.primaryColor"], ground) >= 3
        assert contrast("#FFFFFF", settings[f"theme.{mode}.primaryColor"]) >= 4.5  # a button's own text


def contrast(one: object, other: object) -> float:
    """The contrast ratio of two colours (WCAG 2.2, relative luminance)."""

    def luminance(colour: object) -> float:
        parts = [int(str(colour)[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_against_known_values() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)  # the usual textbook grey
