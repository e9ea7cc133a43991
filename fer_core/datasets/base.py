"""What a corpus is, whatever its format: clips with subject and emotion, and what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from fer_core.base.emotions import EMOTIONS, in_order
from fer_core.base.errors import CorpusError
from fer_core.base.text import clean_name, name_key


@dataclass(frozen=True)
class Clip:
    """One face clip: image files in time order, or one video file.

    Attributes
    ----------
    clip_id : str
        Unique in its corpus, e.g. ``"S005/001"``.
    subject : str
        Who is filmed; clips of one subject never cross a split. The clip's own id where nobody knows.
    emotion : str or None
        Canonical name (`fer_core.base.emotions.EMOTIONS`); None where unlabelled.
    frames : tuple of Path
        Image files, first frame first; empty for a video or a synthetic clip.
    frame_numbers : tuple of int
        1-based frame number of each image in the original sequence (may have gaps,
        as when only the first and the last frame were kept).
    video : Path or None
        The video file, where the clip is one.
    starts_neutral : bool
        Whether the first frame shows the neutral face (CK+ clips do, CK+48 triplets do not).
    subject_known : bool
        Whether `subject` is a person's name: told by the corpus's naming scheme or a list of subjects.
    attributes : tuple of (name, value)
        What else the corpus says of the clip: ``part``, ``view``, ``intensity``, ``light``, ``gaze`` ...
    """

    clip_id: str
    subject: str
    emotion: str | None
    frames: tuple[Path, ...] = ()
    frame_numbers: tuple[int, ...] = ()
    video: Path | None = None
    starts_neutral: bool = True
    subject_known: bool = True
    attributes: tuple[tuple[str, str], ...] = ()

    def attribute(self, name: str) -> str:
        """The value of one attribute; "" where the corpus does not say."""
        return dict(self.attributes).get(name, "")


@dataclass(frozen=True)
class Omission:
    """Something found in a corpus folder but left out: where, why, and what would bring it in.

    ``count`` things of one kind, where many are told in one line.
    """

    where: str
    why: str
    fix: str = ""
    count: int = 1

    def __post_init__(self) -> None:
        """Names as they can be printed: one line, without what cannot be seen."""
        for part in ("where", "why", "fix"):
            object.__setattr__(self, part, clean_name(getattr(self, part)))


@dataclass(frozen=True)
class Corpus:
    """An opened corpus: labelled clips, unlabelled clips kept apart, and what was left out.

    Opening a corpus reads names and labels only; no image is decoded. `passed_over` counts by suffix the
    files that are neither pictures nor videos.
    """

    name: str
    format: str
    root: Path | None
    clips: tuple[Clip, ...]
    unlabelled: tuple[Clip, ...] = ()
    omissions: tuple[Omission, ...] = ()
    synthetic: bool = False
    note: str = ""
    seed: int = field(default=0)
    passed_over: tuple[tuple[str, int], ...] = ()

    @property
    def subjects_known(self) -> bool:
        """Whether it is known of every labelled clip who is filmed; one unknown clip may show anybody."""
        return all(c.subject_known for c in self.clips)

    @property
    def subjects(self) -> tuple[str, ...]:
        """Subjects of the labelled clips, sorted; none where they are not known (`subjects_known`)."""
        return tuple(sorted({c.subject for c in self.clips})) if self.subjects_known else ()

    @property
    def attributes(self) -> dict[str, dict[str, int]]:
        """Labelled clips by value of each attribute that the corpus gives, names and values sorted."""
        pairs = Counter(pair for c in self.clips for pair in c.attributes)
        table: dict[str, dict[str, int]] = {}
        for (name, value), n in sorted(pairs.items()):
            table.setdefault(name, {})[value] = n
        return table

    @property
    def counts(self) -> dict[str, int]:
        """Labelled clips per emotion, canonical order, emotions that occur only."""
        tally = Counter(c.emotion for c in self.clips)
        return {e: tally[e] for e in EMOTIONS if tally[e]}

    @property
    def emotions(self) -> tuple[str, ...]:
        """Emotions that occur, in the canonical order."""
        return in_order(self.counts)

    def only(self, emotions: tuple[str, ...]) -> Corpus:
        """The corpus with the named emotions alone; the other clips become omissions."""
        kept = tuple(c for c in self.clips if c.emotion in emotions)
        if not kept:
            raise CorpusError(
                "no labelled clip shows any of " + ", ".join(emotions),
                where=self.name,
                fix="choose emotions that occur: " + (", ".join(self.emotions) or "none does"),
            )
        left = tuple(
            Omission(c.clip_id, f"shows {c.emotion}, which is not among the chosen emotions")
            for c in self.clips
            if c.emotion not in emotions
        )
        return replace(self, clips=kept, omissions=self.omissions + left)

    def where(self, **wanted: str | Collection[str]) -> Corpus:
        """The corpus with the clips whose attributes have the wanted values, unlabelled ones too.

        ``corpus.where(view="straight", light=("strong", "weak"))``; values are compared by
        `fer_core.base.text.name_key`. What is left out becomes one omission for each value.

        Raises
        ------
        CorpusError
            For an attribute or a value that does not occur, and where no labelled clip is left.
        """
        kept, apart, left = list(self.clips), self.unlabelled, list(self.omissions)
        for name, values in wanted.items():
            chosen = wanted_values(name, values, self.attributes.get(name, {}), self.attributes, self.name)
            gone = Counter(c.attribute(name) for c in kept if c.attribute(name) not in chosen)
            left += not_wanted(name, gone, "clip")
            kept = [c for c in kept if c.attribute(name) in chosen]
            apart = tuple(c for c in apart if c.attribute(name) in chosen)
        if not kept:
            raise CorpusError(
                "no labelled clip has all of the wanted values", where=self.name, fix="ask for fewer of them"
            )
        return replace(self, clips=tuple(kept), unlabelled=apart, omissions=tuple(left))

    def without_subjects(self, subjects: Collection[str]) -> Corpus:
        """The corpus without the named subjects; their clips become omissions.

        Raises `CorpusError` for a name that does not occur, so that a typing error cannot let a
        subject slip in, and where nothing is left.
        """
        unknown = sorted(set(subjects) - set(self.subjects))
        kept = tuple(c for c in self.clips if c.subject not in subjects)
        if unknown or not kept:
            what = f"the subject {unknown[0]} does not occur" if unknown else "no subject is left"
            raise CorpusError(what, where=self.name, fix="name subjects of the corpus, but not all")
        left = tuple(Omission(c.clip_id, "its subject is kept out") for c in self.clips if c.subject in subjects)
        return replace(self, clips=kept, omissions=self.omissions + left)


def wanted_values(
    name: str, values: str | Collection[str], there: Mapping[str, int], attributes: Collection[str], corpus: str
) -> frozenset[str]:
    """The values of an attribute that are meant, as the corpus spells them.

    Parameters
    ----------
    name, values : the attribute, and the value or values that are wanted
    there : the values that occur, with how often
    attributes : the names of all attributes
    corpus : its name, for the message

    Raises
    ------
    CorpusError
        For an attribute or a value that does not occur.
    """
    if not there:
        fix = "use " + ", ".join(attributes) if attributes else "leave it away"
        raise CorpusError(f"the corpus does not say its {name!r}", where=corpus, fix=fix)
    spelled = {name_key(value): value for value in there}
    asked = [values] if isinstance(values, str) else list(values)
    odd = next((value for value in asked if name_key(value) not in spelled), None)
    if odd is not None:
        named = ", ".join(list(there)[:12]) + (" ..." if len(there) > 12 else "")
        raise CorpusError(f"no {name} is called {odd!r}", where=corpus, fix=f"use {named}")
    return frozenset(spelled[name_key(value)] for value in asked)


def not_wanted(name: str, gone: Mapping[str, int], noun: str) -> list[Omission]:
    """One omission for each value of an attribute that is left out."""
    return [
        Omission(
            f"{n} {noun}{'' if n == 1 else 's'}",
            f"{name} is {value}, which is not wanted" if value else f"{name} is not said",
            count=n,
        )
        for value, n in sorted(gone.items())
    ]
