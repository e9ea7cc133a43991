"""Writing a bundle as a file for another runtime, and keeping it only if that runtime agrees with us."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer_core.base.errors import BundleError
from fer_core.base.progress import Progress, silent
from fer_core.files import whole_files
from fer_core.files.json_files import write_whole
from fer_core.models.bundle import Bundle
from fer_core.models.export.description import describe, shapes
from fer_core.models.export.onnx_file import write_onnx
from fer_core.models.export.runtimes import FORMATS, Format
from fer_core.models.export.tflite_file import write_tflite
from fer_core.models.export.verify import TOLERANCE, Verdict, compare


@dataclass(frozen=True)
class Exported:
    """A file that was written and agreed with.

    Attributes
    ----------
    file, description : Path
        The model, and the JSON beside it.
    size : int
        Bytes of the model.
    about : what the JSON says
    """

    file: Path
    description: Path
    format: Format
    size: int
    verdict: Verdict
    about: dict[str, Any]

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "file": str(self.file),
            "description": str(self.description),
            "format": self.format,
            "bytes": self.size,
            **self.about["check"],
            "inputs": self.about["inputs"],
            "outputs": self.about["outputs"],
            "emotions": self.about["emotions"],
            "sampling": self.about["sampling"],
        }


def export_bundle(bundle: Bundle, kind: Format, file: Path, *, progress: Progress = silent) -> Exported:
    """Write a bundle as one self-contained file, and ``FILE.json`` beside it.

    The file takes landmarks and gives probabilities (`fer_core.models.export.graph.outputs`). It is written
    under another name, run by its own runtime and compared with our pass; only then does it get its name.

    Raises
    ------
    BundleError
        For an unknown format, a missing package, and where the file does not run or differs by more than
        `TOLERANCE`. Nothing is left then; an older file of that name stays.
    PathError
        Before any work, where something stands there that is no file (`writable_target`).
    """
    description = file.with_name(file.name + ".json")
    for target in (file, description):
        whole_files.writable_target(target)
    if kind not in FORMATS:
        raise BundleError(f"the format {kind!r} is unknown", fix="use " + " or ".join(FORMATS))
    about = describe(bundle)
    file.parent.mkdir(parents=True, exist_ok=True)
    with whole_files.whole_path(file) as partial:
        progress(0, 3, f"writing the {kind} file")
        (write_onnx if kind == "onnx" else write_tflite)(bundle, about, shapes(bundle), partial)
        progress(1, 3, "comparing it with the bundle")
        verdict = compare(partial, kind, bundle)
        progress(2, 3, "keeping it")
    about["check"] = {
        "largest_difference": verdict.largest_difference,
        "tolerance": TOLERANCE,
        "clips": verdict.clips,
        "runtime": verdict.runtime,
    }
    write_whole(description, about)
    progress(3, 3, "done")
    return Exported(file, description, kind, file.stat().st_size, verdict, about)
