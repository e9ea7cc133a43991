"""What the Models page says, in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fer_core.figures.models import apart, millions, sizes
from ui.common.words import count, listed

HOW = """
**The registry** is every image model of three studies that a reader could rebuild, one entry each (`python
-m fer_core models --json`). A network takes pixels in [0, 1] and gives probabilities; what its family
expects of pixels is a layer inside it.

**Parameters here** are counted by building each network once, for seven emotions, moving statistics of
batch normalization included. **Printed** are the studies' own, rounded as they stand in their tables. Where
the text leaves a network open, the reading whose count comes nearest was taken; the note beside each model
says so. Classical models keep components, weights or trees, whose number depends on the data.

**The drawing** is told from the network itself: its layers are gathered by the resolution they work at (a
side of 70 % of the last stage's, or more, still belongs to it). Batch normalization, activations and
dropout are left out of the drawing and stand in its file.

**Cost** is measured with fresh weights, which do not change the work, each format in a process of its own:
the median of 3 to 60 repeats at each batch size (`python -m fer_core bench images`).
"""

_NEAR = 0.05
"""Share within which a count is said to be that of the study: what is printed has two digits."""


def headline(rows: Sequence[Mapping[str, Any]]) -> str:
    """How many models there are, how large, and how near they come to what is printed."""
    each = sizes(rows)
    counted = [r["parameters"] for r in each if r["parameters"]]
    both = [r for r in each if r["parameters"] and r["published"]]
    near = [r for r in both if abs(r["parameters"] / r["published"] - 1) <= _NEAR]
    said = f"{len(rows)} image models of {len({r['study'] for r in rows})} studies"
    if counted:
        said += f", of {min(counted) / 1e6:.2g} to {max(counted) / 1e6:.0f} million parameters"
    if not both:
        return f"{said}."
    worst = max(both, key=lambda r: abs(r["parameters"] / r["published"] - 1))
    return (
        f"{said}. {len(near)} of the {len(both)} sizes that the studies print are met within {_NEAR:.0%}; "
        f"furthest off is {worst['title']} at {worst['size']} pixels ({millions(worst['parameters'])} here, "
        f"{millions(worst['published'])} printed)."
    )


def sizes_caption(rows: Sequence[Mapping[str, Any]]) -> str:
    """Under the figure of parameters: what its marks are, and which models it leaves out."""
    each = sizes(rows)
    printed = any(r["parameters"] and r["published"] for r in each)
    out = [r["title"] for r in rows if r["kind"] == "classical"]
    said = ["Filled: counted here." + (" Open diamond: printed in the study's tables." if printed else "")]
    said += [f"Without {listed(out)}: classical models have no fixed number."] if out else []
    return " ".join(said)


def about(row: Mapping[str, Any]) -> str:
    """One model: whose it is, what it takes, where it begins."""
    pixels = listed([str(s) for s in row["sizes"]])
    kind = "A network" if row["kind"] == "network" else "A classical model"
    colours = "grey" if row["channels"] == 1 else "colour"
    begun = " It can begin with ImageNet's weights, or a file." if row["pretrained"] else ""
    begun = begun or (" It can begin with a file of weights." if row["kind"] == "network" else "")
    cut = (
        " Its study cuts faces out upright by their landmarks first; here pictures are taken as the corpus has them."
        if row["crop"]
        else ""
    )
    return (
        f"{kind} of {row['study_title']}, for {colours} pictures of {pixels} pixels "
        f"({row['least']} at least).{begun}{cut}"
    )


def parameters(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Parameters by input side, ours and printed."""
    return [
        {
            "input": f"{r['size']} × {r['size']}",
            "here": r["parameters"],
            "printed": r["published"],
            "difference": apart(r["parameters"], r["published"]) if r["published"] else "",
        }
        for r in sizes([row])
    ]


def cost(result: Mapping[str, Any]) -> str:
    """On what the costs were measured."""
    m = result["machine"]
    return (
        f"{m['processor']}, {count(m['cores'], 'core')}, {count(result['threads'], 'computing thread')}; "
        f"{m['date']}. Another machine will give other numbers."
    )


def cost_sentence(rows: Sequence[Mapping[str, Any]]) -> str:
    """How the formats compare for one picture."""
    one = {r["format"]: r["ms"] for r in rows if r["batch"] == 1}
    many = {r["format"]: r["ms"] / r["batch"] for r in rows if r["batch"] > 1}
    if not one:
        return ""
    fast = min(one, key=one.__getitem__)
    said = f"One picture takes {one[fast]:.3g} ms with {_FORMATS[fast]}"
    if fast in many:
        said += f", {many[fast]:.3g} ms each where many are read at once"
    others = [f for f in one if f != fast]
    if others:
        said += f"; {_FORMATS[others[0]]} takes {one[others[0]] / one[fast]:.3g} times as long"
    return said + "."


_FORMATS = {"keras": "Keras", "onnx": "onnxruntime"}
