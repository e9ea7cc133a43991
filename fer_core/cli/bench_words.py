"""What the measurements say, for people."""

from __future__ import annotations

from typing import Any


def training(r: dict[str, Any]) -> str:
    """``bench train``."""
    whole, epoch, peak, equal = r["seconds"], r["seconds_per_classifier_epoch"], r["peak_mb"], r["equal"]
    lines = [_heading(r), f"  {'':<18}{'whole':>9}{'classifier-epoch':>19}{'peak memory':>14}{'accuracy':>11}"]
    ways = {"ours": "all at once", "plain": "Model.fit, arrays", "tf-data": "Model.fit, tf.data"}
    for kind, words in ways.items():
        lines.append(
            f"  {words:<18}{whole[kind]['median']:>7.1f} s{r['processor_seconds'][kind]:>10.1f} s"
            f"{epoch[kind] * 1e3:>16.2f} ms"
            f"{_megabytes(peak[kind]):>14}{r['accuracy'][kind]:>11.3f}"
        )
    for name, words in (("ratio", "arrays"), ("ratio_tf_data", "tf.data")):
        steady = _ratio(r, f"{name}_excluding_compile")
        lines.append(f"  ratio to {words:<8} {_ratio(r, name)} whole, {steady} without compiling")
    lines += [
        f"  the matrix products alone: {r['floor']['seconds_per_classifier_epoch'] * 1e3:.2f} ms per "
        f"classifier-epoch; ours takes {r['floor']['times']:.1f} times that",
        f"  same batches, no dropout: outputs differ by at most {equal['largest_difference']:.1e}, accuracy "
        f"{equal['accuracy']['ours']:.3f} and {equal['accuracy']['tf-data']:.3f}",
    ]
    return "\n".join(lines)


def growth(r: dict[str, Any]) -> str:
    """``bench train --grow``."""
    lines = [_heading(r)]
    for kind in ("clips", "emotions", "replicates"):
        lines.append(f"  {kind:<12}{'whole':>10}{'training':>12}{'epoch':>13}{'peak memory':>14}")
        for row in r[kind]:
            size = f"x {row['size']}" if kind == "clips" else str(row["size"])
            lines.append(
                f"  {size:<12}{row['whole']:>8.2f} s{row['training']:>10.2f} s{row['epoch'] * 1e3:>10.1f} ms"
                f"{_megabytes(row['peak_mb']):>14}"
            )
        if r["exponent"][kind] is not None:
            lines.append(f"  seconds grow with the power {r['exponent'][kind]:.2f} of the {kind}")
    return "\n".join(lines)


def extraction(r: dict[str, Any]) -> str:
    """``bench extract``."""
    each, busy, n = r["ms_per_frame"], r["processor_ms_per_frame"], str(r["workers"])
    ways = {
        "process": "FaceMesh.process, decoded frames",
        "detect": "our detector, decoded frames",
        "plain_files": "OpenCV and FaceMesh.process, files",
        "files": "our reading of clips, files",
        "process_one_face": "FaceMesh.process for one face only",
    }
    lines = [
        f"{r['corpus']}: {r['frames']} frames of {r['clips']} clips, {r['turns']} turns, {_busy(r)}",
        f"  {'per frame':<38}{'wall':>9}{'processor':>12}",
    ]
    lines += [f"  {words:<38}{each[way]:>6.2f} ms{busy[way]:>9.2f} ms" for way, words in ways.items()]
    return "\n".join(
        [
            *lines,
            f"  ours over bare: {_ratio(r, 'ratio')} decoded, {_ratio(r, 'ratio_files')} from files "
            f"(processor: {_ratio(r, 'ratio_processor')}, {_ratio(r, 'ratio_files_processor')})",
            f"  over FaceMesh for one face: {_ratio(r, 'ratio_one_face')}; ours counts up to four",
            f"  {r['parallel_frames']} frames, all of an extraction: one process {r['seconds']['1']:.1f} s, {n} "
            f"processes {r['seconds'][n]:.1f} s, of which start-up {r['start_seconds']['1']:.1f} and "
            f"{r['start_seconds'][n]:.1f} s",
            f"  {n} processes: {_ratio(r, 'speedup')} times as fast without start-up, "
            f"{_ratio(r, 'speedup_whole')} with it",
        ]
    )


def startup(r: dict[str, Any]) -> str:
    """``bench startup``."""
    low, high = r["seconds_range"]
    heavy = r["heavy"]
    loaded = "unknown" if heavy is None else ", ".join(heavy) or "neither TensorFlow nor MediaPipe"
    return "\n".join(
        [
            f"from `streamlit run app.py` to Home {r['until']}: {r['seconds']:.1f} s [{low:.1f}, {high:.1f}], "
            f"{r['starts']} starts, the first {r['first_seconds']:.1f} s, {_busy(r)}",
            f"  the server answers after {r['answers_seconds']:.1f} s",
            f"  heavy packages loaded by then: {loaded}",
        ]
    )


def live(r: dict[str, Any]) -> str:
    """``bench live``."""
    return "\n".join(
        [
            f"{r['classifiers']} {r['architecture'].upper()} classifiers on one window, {r['inputs']} values a "
            f"frame, {r['turns']} turns, {_busy(r)}",
            f"  six Model.predict     {r['predict_p50_ms']:8.2f} ms",
            f"  six direct calls      {r['call_p50_ms']:8.2f} ms",
            f"  our pass              {r['p50_ms']:8.2f} ms, 95% within {r['p95_ms']:.2f} ms; "
            f"outputs differ by at most {r['largest_difference']:.0e}",
            f"  times as fast: {_ratio(r, 'ratio_predict', 0)} (predict), {_ratio(r, 'ratio_call', 0)} (calls)",
            f"  {r['bundle']} whole ({r['bundle_classifiers']} classifiers"
            f"{', mirror image' if r['bundle_mirrored'] else ''}): {r['bundle_p50_ms']:.2f} ms, 95% within "
            f"{r['bundle_p95_ms']:.2f} ms; a stream's whole reading {r['reading_p50_ms']:.2f} ms, "
            f"95% within {r['reading_p95_ms']:.2f} ms",
            f"whole frames of {r['clip']}, {r['width']} x {r['height']}:",
            f"  FaceMesh alone {r['facemesh_p50_ms']:.2f} ms; landmarks, reading and drawing "
            f"{r['frame_p50_ms']:.2f} ms, 95% within {r['frame_p95_ms']:.2f} ms",
            f"  over FaceMesh: {_ratio(r, 'overhead')} ({_ratio(r, 'overhead_processor')} in processor time), "
            f"without drawing {_ratio(r, 'overhead_read')}",
            f"  {r['fps']:.0f} frames a second over {r['seconds']:g} s, a face in {r['found']:.0%} of them",
        ]
    )


def in_browser(r: dict[str, Any]) -> str:
    """``bench live --browser``."""
    return (
        f"Live page in Chromium, {r['readings']} readings, {_busy(r)}: {r['browser_fps']:.0f} frames a "
        f"second, {r['browser_p50_ms']:.0f} ms each, 95% within {r['browser_p95_ms']:.0f} ms, "
        f"{r['browser_dropped']:.0%} passed over"
    )


def soak(r: dict[str, Any]) -> str:
    """``bench soak``."""
    pace = "as fast as they go" if r["pace"] is None else f"at {r['pace']:g} a second"
    lines = [
        f"{r['frames']} frames over {r['minutes']:g} minutes {pace}, {_busy(r)}",
        f"  {'part':<6}{'frames':>8}{'fps':>7}{'p50':>11}{'p95':>11}{'memory':>12}",
    ]
    for n, part in enumerate(r["parts"], start=1):
        lines.append(
            f"  {n:<6}{part['frames']:>8}{part['fps']:>7.0f}{part['p50_ms']:>8.2f} ms"
            f"{part['p95_ms']:>8.2f} ms{_megabytes(part['memory_mb']):>12}"
        )
    slopes = {
        "memory": ("memory_mb_per_minute", "MB"),
        "p50": ("p50_ms_per_minute", "ms"),
        "p95": ("p95_ms_per_minute", "ms"),
    }
    said = [f"{name} {r[key]:+.3f} {unit}" for name, (key, unit) in slopes.items() if r[key] is not None]
    return "\n".join([*lines, "  growth per minute after the first part: " + ", ".join(said)])


def images(r: dict[str, Any]) -> str:
    """``bench images``."""
    m = r["machine"]
    lines = [
        f"{m['processor']}, {r['threads']} threads; {m['date']}",
        f"  {'model':<22}{'pixels':>7}  {'by':<8}{'at once':>8}{'median':>12}{'quartiles':>18}",
    ]
    for row in r["rows"]:
        spread = f"{row['low']:.2f} to {row['high']:.2f}"
        lines.append(
            f"  {row['model']:<22}{row['size']:>7}  {row['format']:<8}{row['batch']:>8}{row['ms']:>9.2f} ms{spread:>18}"
        )
    lines += [f"  {f['model']}, {f['format']}: {f['why']}" for f in r["failed"]]
    return "\n".join(lines)


def _heading(r: dict[str, Any]) -> str:
    return (
        f"{r['corpus']}: {r['training_clips']} training clips, {r['epochs']} epochs, {r['classifiers']} "
        f"{r['architecture'].upper()} classifiers, {r['threads']} threads, {r['repeats']} repeats"
    )


def _busy(r: dict[str, Any]) -> str:
    load = "" if r["load_before"] is None else f", load before {r['load_before']:.1f}"
    return f"{r['cores']} cores{load}"


def _ratio(r: dict[str, Any], name: str, digits: int = 2) -> str:
    low, high = r[f"{name}_range"]
    return f"{r[name]:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def _megabytes(peak: float | None) -> str:
    return "unknown" if peak is None else f"{peak:.0f} MB"
