"""What the Efficiency page says, in plain words."""

from __future__ import annotations

from typing import Any

from fer_core.studies.efficiency.counted import claimed, counted, one_against_all
from fer_core.studies.efficiency.formats import FORMATS, TRAINING
from fer_core.studies.efficiency.ratios import Ratio
from fer_core.studies.efficiency.summary import latency_ratio, shared_ratio, sizes_of, training_ratio
from ui.common.words import count, listed

HOW = """
**Counted.** A classifier is Dense(F) on each of P frames, BatchNormalization, GRU or LSTM(Q), Dense(R), one
output. It multiplies P · 936 F + P · g Q (F + Q) + Q R + R times for a clip, with g = 3 gates for a GRU and
4 for an LSTM. The study counts g Q (936 + Q) per step, as if the recurrent layer saw the 936 coordinates;
it sees the F features of the dense layer before it. Its ratio, 3/4, holds for the recurrent layer alone and
cannot be reached by a whole network, whose other layers are the same in both. The study prints ranges of F,
Q and R; 32, 64 and 64 are assumed.

**Measured.** Six classifiers with fresh weights (what they learned does not change the work) read random
clips of 10 frames; every format gives the same probabilities. A turn times each format in a process of its
own with the stated number of threads. Within it GRU and LSTM alternate, each median of 3 to 60 repeats, so
that a slow moment of the machine hits both; every second turn runs backwards. A ratio is the geometric mean
over the turns, its interval a 95% t interval of the log ratios over the turns (the unit that repeats; the
repeats within a process are not independent). Where several formats or batch sizes are taken together,
their log ratios are averaged within each turn first. The interval says how well this machine's ratio is
known, not what another machine would show.

**Training** is 256 demo clips, batches of 32, the median epoch of a fit without its first, which compiles.
FER Lab trains all classifiers at once; with Keras one is trained and counts as many times as there are
classifiers.

**Memory** is the most a process held, libraries included: with Keras most of it is TensorFlow, in both. It
is read once per architecture and has no interval. **On disk** a FER Lab bundle is compressed; the others
are not.

**One network for all emotions** is measured as a single classifier: its further outputs would add R
multiplications each, less than 0.1%.
"""

_FAR = 3.0
"""Times as long from which the format is said to matter more: an LSTM takes 4/3 of a GRU at most."""


def headline(result: dict[str, Any], shipped: bool) -> str:
    """What a GRU costs of an LSTM, against the claim and against the count."""
    whole, sizes = latency_ratio(result), sizes_of(result)
    where = "on the machine this was measured on" if shipped else "here"
    network = next(r["ratio"] for r in counted(sizes) if r["what"] == "Whole classifier")
    return (
        f"To classify, a GRU costs {whole.words} of an LSTM {where}; the claimed {claimed():.2f} "
        f"{_against(whole, claimed())}. Counted over the whole network it is {network:.2f}: a quarter is "
        "saved in the recurrent layer alone."
    )


def _against(ratio: Ratio, claim: float) -> str:
    if ratio.low is None or ratio.high is None:
        return "cannot be judged from a single turn"
    if ratio.holds(claim):
        return "lies inside that interval"
    return "lies below that interval" if claim < ratio.low else "lies above that interval"


def of_what(result: dict[str, Any]) -> str:
    """How many turns, formats and batch sizes the headline averages."""
    kinds = dict.fromkeys(r["format"] for r in result["latency"])
    ratios = [latency_ratio(result, kind).value for kind in kinds]
    apart = f" ({min(ratios):.2f} to {max(ratios):.2f} by format)" if len(kinds) > 1 else ""
    batches = count(len(result["batches"]), "batch size")
    return (
        f"Geometric mean over {count(len(kinds), 'format')}{apart} and {batches}, 95% interval over "
        f"{count(result['turns'], 'turn')}."
    )


def machine(result: dict[str, Any]) -> str:
    """``AMD EPYC, 2 cores, 1 computing thread; Python 3.11, numpy 1.26; 2026-11-21``."""
    m = result["machine"]
    memory = f", {m['memory_gb']:.0f} GB" if m.get("memory_gb") else ""
    packages = ", ".join(f"{name} {version}" for name, version in m.get("packages", {}).items())
    busy = ""
    if m.get("load_before") is not None and m["load_before"] > m["cores"] / 2:
        busy = f" Other work was going on: {m['load_before']:.1f} processes wanted its {m['cores']} cores."
    return (
        f"{m['processor']}, {count(m['cores'], 'core')}{memory}, "
        f"{count(result['threads'], 'computing thread')}; Python {m['python']}, {packages}; "
        f"{m['date']}.{busy}"
    )


def formats(result: dict[str, Any]) -> str:
    """Each format's own ratio, and training's."""
    known = dict.fromkeys(r["format"] for r in result["latency"])
    parts = [f"{FORMATS[kind]} {latency_ratio(result, kind).words}" for kind in known]
    ways = [r["way"] for r in result["training"]]
    trained = [f"{TRAINING[way]} {training_ratio(result, way).words}" for way in ways]
    return f"To classify: {listed(parts)}. To train for an epoch: {listed(trained)}."


def latency(result: dict[str, Any]) -> str:
    """How far apart the formats are, which dwarfs what the architecture changes."""
    first = result["batches"][0]
    rows = {r["format"]: r for r in result["latency"] if r["batch"] == first}
    middle = {k: sorted(r["gru-many"])[len(r["gru-many"]) // 2] for k, r in rows.items()}
    fast, slow = min(middle, key=middle.__getitem__), max(middle, key=middle.__getitem__)
    times = middle[slow] / middle[fast]
    told = (
        f"One clip through {result['sizes']['classifiers']} GRU classifiers takes {_ms(middle[fast])} with "
        f"{FORMATS[fast]} and {_ms(middle[slow])} with {FORMATS[slow]}"
    )
    if times < _FAR:
        return f"{told}."
    about = float(f"{times:.3g}")
    return f"{told}, {about:,.0f} times as long: what runs a network matters more than which network it is."


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:,.0f} ms" if milliseconds >= 100 else f"{milliseconds:.2g} ms"


def shared(result: dict[str, Any]) -> str:
    """What one-vs-all costs of one shared network, counted and measured."""
    sizes = sizes_of(result)
    told = one_against_all(sizes)[0]["ratio"]
    first, last = result["batches"][0], result["batches"][-1]
    kind = result["latency"][0]["format"]
    ours = [shared_ratio(result, kind, batch) for batch in (first, last)]
    return (
        f"{sizes.classifiers} classifiers, one for each emotion, multiply {told:.2f} times as often as one "
        f"network with {sizes.classifiers} outputs. Measured with {FORMATS[kind]} they take {ours[0].words} "
        f"times as long for {count(first, 'clip')}, and {ours[1].words} times for {count(last, 'clip')} at "
        "once."
    )
