"""Taking a recogniser away as one file that other software runs: ONNX or TFLite."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core import runs
from fer_core.base.errors import FerError, PathError
from fer_core.base.text import for_code, for_markdown
from fer_core.models.images.bundle import GRAPH, ImageBundle
from ui.common import downloads, errors
from ui.runs import panel as run_panel

if TYPE_CHECKING:
    from fer_core.models.opening import AnyBundle

PREFIX = "export"
FORMATS = {"onnx": "ONNX", "tflite": "TFLite"}
_ERROR = "_export_error"
_KEPT = 6  # files of older exports that stay on this machine


def panel(bundle: AnyBundle, folder: Path) -> None:
    """A folded choice of format, the button, progress, and then the file with how far it was checked.

    The work is done in a process of its own: TensorFlow must not come into the server's.
    """
    if isinstance(bundle, ImageBundle):
        _graph(bundle, folder)
        return
    with st.expander("Use it in other software (ONNX, TFLite)", icon=":material/output:"):
        st.markdown(
            "One file with the whole pass inside: alignment, features, every network, the mirror image. It "
            "takes landmarks and gives probabilities, and needs nothing of FER Lab. Before it is handed out "
            "it is run by its own runtime and compared with this recogniser."
        )
        if error := st.session_state.pop(_ERROR, None):
            errors.say(error)
        watched = _watched(folder)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            kind = st.segmented_control(
                "Format",
                list(FORMATS),
                default="onnx",
                required=True,
                format_func=FORMATS.__getitem__,
                key="export_format",
                help="ONNX runs in onnxruntime nearly everywhere; TFLite on telephones and small boards.",
            )
            going = watched is not None and runs.read_status(watched).active
            st.button(
                f"Make the {FORMATS[kind]} file",
                icon=":material/output:",
                key="export_start",
                disabled=going,
                on_click=_start,
                args=(bundle.name, folder, kind),
            )
        if watched is not None:
            parts = run_panel.Parts("export", _done, _delete, lambda: _close(folder), "Starting; a few seconds")
            run_panel.panel(watched, f"{bundle.name} as a file", parts)


def _graph(bundle: ImageBundle, folder: Path) -> None:
    """An image model comes with its ONNX file: nothing is to be made."""
    file = folder / GRAPH
    with st.expander("Use it in other software (ONNX)", icon=":material/output:"):
        kind = "grey" if bundle.channels == 1 else "RGB"
        st.markdown(
            f"Takes {kind} pictures of {bundle.size} x {bundle.size} pixels as numbers from 0 to 1, "
            f"(n, {bundle.size}, {bundle.size}, {bundle.channels}), and gives probabilities of "
            f"{for_markdown(', '.join(bundle.emotions))}, before the temperature of "
            f"{bundle.temperature:.3g} is applied."
        )
        if file.is_file():
            downloads.file("Model", file_name(bundle.name, "onnx"), file.read_bytes, "application/octet-stream")


def file_name(name: str, kind: str) -> str:
    """A file name for the bundle in a format: letters, digits and ``-_.`` alone."""
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in name).strip(".") + f".{kind}"


def _start(name: str, folder: Path, kind: str) -> None:
    try:
        _forget_old()
        run = runs.new_run_folder(PREFIX)
        out = run / file_name(name, kind)
        runs.start([PREFIX, str(folder), "--format", kind, "--out", str(out), "--run", str(run)], run)
    except FerError as error:  # a callback's own messages would be wiped by the run that follows
        st.session_state[_ERROR] = str(error)
        return
    st.session_state[_key(folder)] = run.name


def _forget_old() -> None:
    for old in runs.list_runs(PREFIX)[_KEPT:]:
        if not runs.read_status(old).active:
            runs.delete_run(old)


def _done(run: Path) -> None:
    """What was checked, and the files."""
    found = _description(run)
    if found is None:
        errors.say("the exported file is gone; make it again.")
        return
    file, about = found
    check = about["check"]
    st.success(
        f"{check['runtime']} gives the same probabilities on {check['clips']:,} demo clips, to within "
        f"{check['largest_difference']:.0e} (accepted up to {check['tolerance']:.0e}).",
        icon=":material/check:",
    )
    inputs = "; ".join(f"{for_code(i['name'])} ({', '.join(map(str, i['shape']))})" for i in about["inputs"])
    st.caption(
        f"{file.stat().st_size / 1e6:.1f} MB. Inputs: {inputs}: n clips of {about['sampling']['frames']} "
        "frames, landmarks in image heights. The description says the rest; an expression is not a feeling."
    )
    with st.container(horizontal=True, gap="small"):
        downloads.file("Model", file.name, file.read_bytes, "application/octet-stream")
        downloads.file("Description", f"{file.name}.json", lambda: json.dumps(about, indent=1).encode())


def _description(run: Path) -> tuple[Path, dict[str, Any]] | None:
    for kind in FORMATS:
        for file in run.glob(f"*.{kind}"):
            from fer_core.models.export.description import read_description

            with suppress(PathError):
                return file, read_description(file)
            return None
    return None


def _watched(folder: Path) -> Path | None:
    return runs.find_run_of(PREFIX, st.session_state.get(_key(folder)))


def _close(folder: Path) -> None:
    st.session_state.pop(_key(folder), None)


def _delete(name: str) -> None:
    run_panel.delete(runs.find_run_of(PREFIX, name), _ERROR)


def _key(folder: Path) -> str:
    return f"_export_{folder}"
