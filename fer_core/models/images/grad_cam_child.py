"""The process that works Grad-CAM out: requests come line by line as JSON, answers go back so.

    python -m fer_core.models.images.grad_cam_child

First line out: ``{"ready": true}``. A request is ``{"folder", "shape", "picture"}`` with the picture's bytes
in base64; an answer is a `Heat` (arrays in base64, float32) or ``{"error": {"what", "where", "fix"}}``. It
ends with its input.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from fer_core.base.errors import FerError


def main() -> None:
    """Answer until the input ends."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints must not mix with the answers
    import keras  # noqa: F401 - the slow part, before anything is asked

    _say(out, {"ready": True})
    for line in sys.stdin:
        _say(out, answer(line))
    os._exit(0)  # TensorFlow takes seconds to be torn down


def answer(line: str) -> dict[str, Any]:
    """What goes back for one request."""
    try:
        request = json.loads(line)
        folder = Path(request["folder"])
        picture = np.frombuffer(base64.b64decode(request["picture"]), np.uint8).reshape(request["shape"])
        return _heat(folder, picture)
    except FerError as error:
        return {"error": {"what": error.what, "where": error.where, "fix": error.fix}}
    except Exception as error:  # whatever it is: the next request is answered all the same
        return {
            "error": {
                "what": f"the heat could not be worked out ({type(error).__name__}: {error})",
                "where": "",
                "fix": "try another picture",
            }
        }


def _heat(folder: Path, picture: Any) -> dict[str, Any]:
    from fer_core.models.images.grad_cam import heat_of

    stamp = max(f.stat().st_mtime_ns for f in folder.iterdir() if f.is_file())
    bundle, network = _opened(folder, stamp)
    found = heat_of(network, picture, bundle.emotions, bundle.mirrored)
    return {
        "emotions": list(found.emotions),
        "probabilities": found.probabilities.tolist(),
        "heat": base64.b64encode(np.ascontiguousarray(found.heat, "<f4").tobytes()).decode(),
        "shape": list(found.heat.shape),
        "layers": list(found.layers),
        "grid": list(found.grid),
        "score": found.score,
    }


@lru_cache(maxsize=3)
def _opened(folder: Path, stamp: int) -> tuple[Any, Any]:
    from fer_core.models.images.bundle import load_image_bundle

    bundle = load_image_bundle(folder)
    return bundle, bundle.network()


def _say(out: Any, what: dict[str, Any]) -> None:
    out.write(json.dumps(what) + "\n")
    out.flush()


if __name__ == "__main__":
    main()
