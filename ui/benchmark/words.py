"""What the Benchmark page says, in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fer_core.base.progress import say_duration
from fer_core.base.text import for_markdown
from fer_core.models.images.registry import REGISTRY
from fer_core.paper.image_results import Beside, Printed, beside, is_whole, printed, unreadable, value
from fer_core.results.images.board import BALANCING, METRICS, Row, Standing, study_words, words
from fer_core.study.image_conditions import PROTOCOL_WORDS
from fer_core.study.image_design import ImageDesign
from fer_core.training.images.forecast import ImageForecast
from ui.common.words import count, listed

HOW = """
**One protocol.** A model is trained on the training side, its epoch chosen on a part of that side that it
does not learn from, and the tested side is read once. Where a corpus comes without its test part, its
official validation part is tested and nothing is chosen on it. Copies of a picture stay on one side.

**Intervals** are 95% bootstraps over people, or over pictures where the corpus does not say who is shown.
**Whether two models can be told apart** is read from the interval of their difference on the same pictures,
drawn together; two intervals that overlap do not say it.

**Macro F1** is the mean over emotions of each one's F1. **Calibration error** is the mean distance between
the probability that a model gives and how often it is right.

**A doubt** stands beside a result that is above what honest work is known to reach on its corpus, better on
the tested side than on the training side, or without a single error: its usual causes are named, and it is
believed only once they are excluded.

**Printed values** are those of the studies' tables, never corrected; what stands beside each says why it
cannot be read as it stands. One is compared with a result only where as many pictures of the same corpus were
tested; elsewhere both are shown, and the sentence says what differs. From a terminal: `python -m fer_core
images run`, `list`, `status` and `export`.
"""

FUSION = """
**Why 99 to 100 % is explained here and not imitated.** One study prints accuracies of 99.8 to 100 % on four
corpora. On FER2013 people themselves agree with the labels in about two of three pictures, and the best
ensembles reach 77 %. Three things in the study's own tables say how such numbers come about. More training
pictures are counted for FERPlus than it has, so that copies were made, and copies made before the split lie
on both sides of it. CK+'s 981 pictures are three frames of each of 327 sequences, split picture by picture:
a test picture's neighbour, a fraction of a second away, was learned. And some of the printed accuracies are
no number of errors among the pictures said to be tested. The Leak Lab shows what each of these is worth on
landmarks.
"""


def headline(found: Mapping[str, Standing], metric: str) -> str:
    """The best model of the first group, whether it can be told from the next, how far from print it is."""
    standing = next(iter(found.values()))
    best, following = standing.best, standing.next
    said = (
        f"Best on {best['corpus']} is {words(best)} with {_lower(metric)} {best[metric]:.3f} "
        f"[{best[metric + '_low']:.3f}, {best[metric + '_high']:.3f}] on {best['pictures']:,} pictures, "
        f"{best['protocol']}" + (f", {best['seeds']} seeds" if best["seeds"] > 1 else "")
    )
    said += _against(standing, metric) if following is not None else "."
    said += _printed_words(best, metric)
    others = len(found) - 1
    return said + (f" {count(others, 'other group')} of tested pictures below." if others else "")


def _lower(metric: str) -> str:
    return METRICS[metric][:1].lower() + METRICS[metric][1:]


def _against(standing: Standing, metric: str) -> str:
    following = standing.next
    assert following is not None
    if standing.difference is None:
        why = "they come from different experiments" if standing.parted else f"{METRICS[metric]} is not tested"
        return f"; next is {words(following)} with {following[metric]:.3f} (difference not tested: {why})."
    apart, low, high = standing.difference
    told = "can be told from" if standing.apart else "cannot be told from"
    return f"; it {told} the next, {words(following)} ({apart:+.3f} [{low:+.3f}, {high:+.3f}])."


def _printed_words(row: Row, metric: str) -> str:
    """What the study of a model prints beside a result, compared only where the test was the same."""
    if not row["study"]:
        return ""
    found, who = beside(row, metric), study_words(row["study"])
    if not found.values:
        where = unreadable(row["model"], row["family"]) if metric == "accuracy" else ""
        if where:
            return f" {who} print a value for it on {row['family']}, which cannot be read ({where})."
        return f" {who} print no {_lower(metric)} for it on {row['family']}."
    said = f" {who} print {_values(found.values, metric)} for {row['family']}"
    if found.why_not:
        return f"{said}, which is not compared: {found.why_not}."
    nearest = min((value(p, metric) or 0.0 for p in found.values), key=lambda v: abs(v - row[metric]))
    apart = 100 * (row[metric] - nearest)
    return f"{said}, on as many pictures: {abs(apart):.1f} points {'less' if apart > 0 else 'more'}."


def _values(values: Sequence[Printed], metric: str) -> str:
    """``0.61 to 0.66 (Table 2)``."""
    known = sorted({value(p, metric) or 0.0 for p in values})
    where = listed(list(dict.fromkeys(p.where for p in values)))
    return " to ".join(f"{v:.4g}" for v in dict.fromkeys((known[0], known[-1]))) + f" ({where})"


def printed_values(rows: Sequence[Row], metric: str) -> dict[str, tuple[float, ...]]:
    """By a row's key what is printed beside it; nothing beside a result on an excerpt of a corpus."""
    found = {row["key"]: beside(row, metric) for row in rows}
    return {
        key: tuple(dict.fromkeys(value(p, metric) or 0.0 for p in one.values))
        for key, one in found.items()
        if one.values and one.whole
    }


def models_caption(rows: Sequence[Row], found: Mapping[str, Standing], metric: str) -> str:
    """Under the figure of models: how groups and intervals are read, and what the diamonds are."""
    several = "Each group was tested on other pictures; groups cannot be compared. " if len(found) > 1 else ""
    said = f"{several}Intervals say how well a value is known, not whether two differ"
    first = next(iter(found.values()))
    said += "; whether the first two do stands in the sentence above." if first.difference else "."
    near = [beside(r, metric) for r in rows]
    drawn = [b for b in near if b.values and b.whole]
    if drawn:
        on = listed(list(dict.fromkeys(_tested_on(b) for b in drawn)))
        said += f" Open diamonds: what the model's own study prints for this corpus, tested on {on}."
    if any(b.values and not b.whole for b in near):
        said += " Beside an excerpt of a corpus no printed value is drawn."
    return said


def _tested_on(found: Beside) -> str:
    if not found.why_not:
        return "as many pictures"
    known = any(p.n is not None for p in found.values)
    return "other pictures" if known else "pictures whose number it does not print"


def beside_rows(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Every printed result beside our best of the same model and corpus; what was trained here first."""
    told = [_beside(p, rows) for p in printed()]
    return sorted(told, key=lambda r: r["here"] is None)


def _beside(p: Printed, rows: Sequence[Row]) -> dict[str, Any]:
    ours = [r for r in rows if (r["model"], r["family"]) == (p.model, p.corpus)]
    ours = [r for r in ours if is_whole(r["family"], r["pictures"])]
    best = max(ours, key=lambda r: r["accuracy"]) if ours else None
    return {
        "model": p.title,
        "corpus": p.corpus,
        "pixels": p.size,
        "printed": p.accuracy,
        "tested there": p.tested,
        "here": best["accuracy"] if best else None,
        "low": best["accuracy_low"] if best else None,
        "high": best["accuracy_high"] if best else None,
        "tested here": f"{best['protocol']}, {best['pictures']:,} pictures" if best else "",
        "study": study_words(p.study),
        "where": p.where,
        "read with care": p.caveat,
    }


def caveats(corpora: Sequence[str]) -> str:
    """Markdown: why printed values must be read with care, each sentence once."""
    about: dict[tuple[str, str, str], list[Printed]] = {}
    for p in printed():
        if p.corpus in corpora:
            about.setdefault((study_words(p.study), p.corpus, p.caveat), []).append(p)
    return "\n".join(
        f"- **{for_markdown(f'{study}, {corpus}, {_where(some)}')}**: {for_markdown(f'{_named(some)}. {caveat}')}"
        for (study, corpus, caveat), some in about.items()
    )


def _where(some: Sequence[Printed]) -> str:
    return listed(list(dict.fromkeys(p.where for p in some)))


def _named(some: Sequence[Printed]) -> str:
    if len(some) == 1:
        return f"{some[0].title}, {some[0].accuracy:.4g}"
    low, high = min(p.accuracy for p in some), max(p.accuracy for p in some)
    return f"{len(some)} values, {low:.4g}" + (f" to {high:.4g}" if high > low else "")


def cost_caption(rows: Sequence[Row], cost: str) -> str:
    """Under the figure of cost: how it is read, by what latencies were measured, which rows it leaves out."""
    shown, out = [r for r in rows if r.get(cost)], [r for r in rows if not r.get(cost)]
    said = "95% intervals. A point above and left of another is better at less cost."
    if cost == "latency":
        by: dict[str, list[str]] = {}
        for r in shown:
            by.setdefault(r["latency by"], []).append(r["label"])
        told = [
            f"with {name}" if len(by) == 1 else f"{listed(sorted(set(who)))} with {name}" for name, who in by.items()
        ]
        said += f" Measured on another machine, {listed(told)}."
    return said + (f" Without {listed(sorted({r['label'] for r in out}))}, not measured." if out else "")


def no_cost(cost: str) -> str:
    """Markdown: where no row has this cost."""
    if cost != "latency":
        return "Nothing is known of these models' parameters."
    return (
        "No latency of these models comes with this checkout. `python -m fer_core bench images` measures "
        "some on this machine."
    )


def any_classical(rows: Sequence[Row]) -> bool:
    """Whether a classical model is among the rows."""
    return any(r["model"] in REGISTRY and REGISTRY[r["model"]].kind == "classical" for r in rows)


def no_curve(row: Row) -> str:
    """Why there is no learning curve."""
    if any_classical([row]):
        return "A classical model learns in one step: there are no epochs."
    return "No learning curve of it was kept."


def training_loss(condition: Mapping[str, Any]) -> str:
    """What the training loss has in it that the validation loss has not; empty where nothing is known."""
    parts = [BALANCING.get(condition.get("balancing", "none"), "")] if condition.get("balancing") != "none" else []
    parts += ["smoothed labels"] if condition.get("smoothing") else []
    parts += ["mixed pictures"] if condition.get("mixup") or condition.get("cutmix") else []
    parts += ["distorted pictures"] if condition.get("augmentation", "none") != "none" else []
    if not condition or not parts:
        return ""
    return f"The training loss is read with {listed(parts)}, so that it may lie above the validation loss."


def emotions_caption(row: Row) -> str:
    """How an emotion is counted and what its intervals are over."""
    said = "A picture counts as the emotion of highest probability. Intervals are over "
    if row["seeds"] > 1:
        many = f"as if the {row['seeds']} seeds had tested other pictures each"
        return f"{said}tests, {many}: they are too narrow."
    return f"{said}pictures, taken as independent."


def constant(result: Mapping[str, Any]) -> str:
    """What always naming the most frequent emotion would give."""
    totals = [sum(row) for row in result["confusion"]]
    most = max(range(len(totals)), key=totals.__getitem__)
    share = totals[most] / max(1, sum(totals))
    return f"Always answering {result['emotions'][most]} would give an accuracy of {share:.3f}."


def weakest(result: Mapping[str, Any]) -> str:
    """The emotion that is found least, and what it is taken for."""
    emotions, confusion = list(result["emotions"]), result["confusion"]
    shown = [k for k, row in enumerate(confusion) if sum(row)]
    if len(shown) < 2:
        return ""
    worst = min(shown, key=lambda k: confusion[k][k] / sum(confusion[k]))
    total, right = sum(confusion[worst]), confusion[worst][worst]
    said = f"Least often classified as labelled is {emotions[worst]}, {right:,} of {total:,}"
    if right == total:
        return f"{said}."
    wrong = [n if k != worst else -1 for k, n in enumerate(confusion[worst])]
    return f"{said}; most often it is classified as {emotions[max(shown, key=wrong.__getitem__)]} instead."


def curve(rows: Sequence[Mapping[str, Any]], row: Row) -> str:
    """Why the training ended, and from which epoch the weights are."""
    fits = len({(r["seed"], r["fold"]) for r in rows})
    best = [r["epoch"] for r in rows if r["best"]]
    why = {
        "patience": "stopped as the validation loss fell no more",
        "epochs": "ran to its last epoch",
        "time": "stopped at its time limit",
    }.get(row["stopped"], "ended")
    said = f"{count(fits, 'fit')} {why}" if fits > 1 else f"The training {why}"
    where = listed([str(b) for b in best]) if fits <= 3 else f"{min(best)} to {max(best)}"
    noun = "epoch" if len(set(best)) == 1 else "epochs"
    return f"{said}; the weights are those of {noun} {where}." if best else f"{said}."


def design(design: ImageDesign, corpus: str, labels: Mapping[str, str]) -> str:
    """``Train LeNet5 at 48 pixels, weights capped at 3, on fer2013, official split, seed 0.``"""
    models = listed(list(dict.fromkeys(labels.get(c.model, c.model) for c in design.conditions)))
    pixels = listed([str(s) for s in dict.fromkeys(c.size for c in design.conditions)])
    seeds = f"seed {design.seeds[0]}" if len(design.seeds) == 1 else f"{len(design.seeds)} seeds"
    folds = "" if design.folds == 1 else f", {design.folds} folds"
    protocol = PROTOCOL_WORDS[design.base.protocol].partition(",")[0]
    return f"Train {models} at {pixels} pixels on {corpus}: {protocol}{folds}, {seeds}."


def weighted(design: ImageDesign, labels: Mapping[str, str]) -> str:
    """Which models are trained with which class weights; empty where all have none."""
    ways: dict[str, list[str]] = {}
    for c in design.conditions:
        ways.setdefault(c.balancing, []).append(labels.get(c.model, c.model))
    if set(ways) <= {"none"}:
        return ""
    said = [f"{listed(list(dict.fromkeys(models)))} with {BALANCING[way]}" for way, models in ways.items()]
    return f"{listed(said)}.".replace("with no class", "without class")


def plan(told: ImageForecast, labels: Mapping[str, str]) -> str:
    """How many trainings, and how long they take at most."""
    said = count(told.trainings, "training")
    time = f"at most {say_duration(told.seconds)}" if told.seconds else ""
    unknown = listed([labels.get(m, m) for m in told.unknown])
    was = "was" if len(told.unknown) == 1 else "were"
    if told.unknown and time:
        return f"{said}; {time} from earlier ones here, without {unknown}, never trained here at that size."
    if told.unknown:
        return f"{said}. How long they take is not known: {unknown} {was} never trained here at that size."
    return f"{said}, {time} by what earlier ones took here; early stopping may end them sooner."
