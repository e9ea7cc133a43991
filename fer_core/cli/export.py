"""``export``: a bundle as one file for ONNX or TFLite, checked against the bundle."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from fer_core.cli.common import add_out, reporting, verb


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    words = "write a bundle as one file that other software runs, and check that it says the same"
    p = verb(verbs, "export", words, _export)
    p.add_argument("bundle", type=Path, help="folder of the bundle")
    p.add_argument("--format", choices=["onnx", "tflite"], default="onnx", help="default: onnx")
    add_out(p, "file to write; default: the bundle's name, in this folder")
    p.add_argument("--run", type=Path, help="run folder to report progress to")


def _export(options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    with reporting(options.run) as progress:
        from fer_core.models.bundle import load_bundle
        from fer_core.models.export.write import export_bundle

        bundle = load_bundle(options.bundle)
        out = options.out or Path(f"{options.bundle.resolve().name}.{options.format}")
        result = export_bundle(bundle, options.format, out, progress=progress).plain()
    return result, text(result)


def text(result: dict[str, Any]) -> str:
    """What was written, for people."""
    lines = [
        f"{result['file']}: {result['bytes'] / 1e6:.1f} MB, {result['format']}",
        f"  {result['runtime']} gives the bundle's probabilities on {result['clips']} demo clips, to within "
        f"{result['largest_difference']:.1e} (accepted up to {result['tolerance']:.0e})",
    ]
    for kind in ("inputs", "outputs"):
        for one in result[kind]:
            shape = ", ".join(map(str, one["shape"]))
            lines.append(f"  {kind[:-1]:<7}{one['name']:<14}({shape}): {one['meaning']}")
    lines.append(f"  emotions: {', '.join(result['emotions'])}")
    lines.append(f"  {result['description']} says the same for machines")
    return "\n".join(lines)
