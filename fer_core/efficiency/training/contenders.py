"""One contender of the training benchmark, measured in a process of its own.

So no contender finds the other's libraries loaded or its threads waiting, and each pays for its
own start. The process gets a task as a file and leaves its answer as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from fer_core.base.errors import SettingError
from fer_core.efficiency.training.task import TrainingTask, load_task, save_task
from fer_core.studies.efficiency.isolated import run_module

Name = Literal["ours", "plain", "tf-data", "floor"]
"""All at once; one ``Model.fit`` each, on arrays or on ``tf.data``; the matrix products alone."""


@dataclass(frozen=True)
class Answer:
    """What a contender's process says.

    Attributes
    ----------
    seconds : float
        From the start of the process to its end, without judging: what a user waits.
    processor : float
        Processor time of all its threads until then: what a busy machine changes least.
    training : float
        Of the seconds, the training itself, compiling included.
    epoch_seconds : float
        Per classifier and epoch, median without each model's first epoch, which compiles.
    probabilities : (m, E)
        Outputs for the test clips.
    peak_mb : float or None
        Most memory the process held; None where the system does not say.
    operations : float
        Of the floor: additions and multiplications per second.
    """

    seconds: float
    processor: float
    training: float
    epoch_seconds: float
    probabilities: list[list[float]]
    peak_mb: float | None
    operations: float = 0.0

    def accuracy(self, task: TrainingTask) -> float:
        """Share of the test clips whose most probable emotion is the true one."""
        said = np.array(self.probabilities).argmax(axis=1)
        return float((said == task.test_y.argmax(axis=1)).mean())


def measure(name: Name, task: TrainingTask, threads: int, folder: Path, jit: bool = False) -> Answer:
    """Let a contender do a task in a new process with so many computing threads.

    ``folder`` keeps the task and the answer. ``jit``: Keras compiles its models with XLA.

    Raises
    ------
    TrainingError
        Where the process fails; its last line says why.
    """
    work, answer = folder / "task.npz", folder / "answer.json"
    save_task(task, work)
    words = [name, str(work.resolve()), str(answer.resolve()), "jit" if jit else ""]
    seconds = run_module("fer_core.efficiency.training.contenders", words, answer, threads, name)
    said = json.loads(answer.read_text("utf-8"))
    judging = said.pop("judging")
    return Answer(seconds=seconds - judging, **said)


# In the process --------------------------------------------------------------------------------------


def ours(task: TrainingTask) -> dict[str, Any]:
    """All classifiers stacked."""
    from fer_core.models.forward import probabilities
    from fer_core.training.landmarks.stacked import fit_stacked

    each, begun = [], time.perf_counter()
    for seed in range(task.seed, task.seed + task.replicates):
        marks = [time.perf_counter()]
        fit = fit_stacked(
            task.x,
            task.y,
            task.losses,
            task.shape,
            task.settings,
            seed,
            on_epoch=lambda *_, m=marks: m.append(time.perf_counter()),
        )
        each.append(_epoch_seconds(marks) / len(task.losses))
    weights = fit.weights
    return _said(begun, each, lambda: probabilities(weights, task.test_x, task.shape.architecture))


def plain(task: TrainingTask, arrays: bool, jit: bool = False) -> dict[str, Any]:
    """One ``Model.fit`` per emotion."""
    from fer_core.efficiency.training.plain import fit_plain

    each, begun = [], time.perf_counter()
    for seed in range(task.seed, task.seed + task.replicates):
        fit = fit_plain(task, seed=seed, arrays=arrays, jit=jit)
        each += [_epoch_seconds(marks) for marks in fit.marks]
    models = fit.models
    return _said(begun, each, lambda: np.concatenate([m.predict(task.test_x, verbose=0) for m in models], axis=1))


def products_alone(task: TrainingTask) -> dict[str, Any]:
    """The matrix products of an epoch."""
    from fer_core.efficiency.training.matrix_products import floor

    begun = time.perf_counter()
    seconds, operations = floor(task)
    return _said(begun, [seconds], lambda: np.zeros((0, 0))) | {"operations": operations}


def _epoch_seconds(marks: list[float]) -> float:
    """Median without the first epoch, unless it is the only one."""
    epochs = np.diff(marks)
    return float(np.median(epochs[1:] if len(epochs) > 1 else epochs))


def _said(begun: float, epoch_seconds: list[float], judge: Callable[[], Any]) -> dict[str, Any]:
    """The answer of a training that began then and ends now."""
    ended, processor, peak = time.perf_counter(), time.process_time(), peak_mb()
    said = np.asarray(judge())
    judging = time.perf_counter() - ended
    return {
        "processor": processor,
        "training": ended - begun,
        "epoch_seconds": float(np.mean(epoch_seconds)),
        "probabilities": said.tolist(),
        "peak_mb": peak,
        "judging": judging,
    }


def peak_mb() -> float | None:
    """Most memory (MB) this process has held so far; None where the system does not say."""
    try:  # Linux: ru_maxrss there begins with the peak of the process that started this one
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
        return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        pass
    try:
        import resource
    except ImportError:  # Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def main(arguments: list[str]) -> None:
    """The process: contender, task file, answer file, and ``jit`` or nothing."""
    name, work, answer, compiled = arguments
    jit = compiled == "jit"
    ways: dict[str, Callable[[TrainingTask], dict[str, Any]]] = {
        "ours": ours,
        "plain": lambda task: plain(task, arrays=True, jit=jit),
        "tf-data": lambda task: plain(task, arrays=False, jit=jit),
        "floor": products_alone,
    }
    if name not in ways:
        raise SettingError(f"there is no contender {name!r}", fix="use " + ", ".join(ways))
    Path(answer).write_text(json.dumps(ways[name](load_task(Path(work)))), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
