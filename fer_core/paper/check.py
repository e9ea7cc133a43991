"""One printed value beside the computed one, and how many of them agree."""

from __future__ import annotations

from dataclasses import dataclass

from fer_core.paper.rounding import Status, as_printed


@dataclass(frozen=True)
class Check:
    """One printed value and what the counts give.

    Attributes
    ----------
    table, row, column : str
        Where it stands: "Table 1", "accuracy, gru, bayesian, advanced", "mean".
    published : float or str
        As printed; a word where the study prints one.
    recomputed : float, str or None
        From the counts; None where they do not determine it.
    digits : int
        Decimals printed.
    tallied : bool
        Whether it is one of the 230 results the tally is over.
    note : str
        Why it has its status, where that is not plain.
    """

    table: str
    row: str
    column: str
    published: float | str
    recomputed: float | str | None
    digits: int
    status: Status
    tallied: bool = False
    note: str = ""

    @property
    def published_text(self) -> str:
        """The published value at its printed decimals."""
        return self._text(self.published)

    @property
    def recomputed_text(self) -> str:
        """The recomputed value at the printed decimals; one more where that shows the double rounding."""
        more = 2 if self.status == "double rounding" else 0
        return self._text(self.recomputed, more)

    def _text(self, value: float | str | None, more: int = 0) -> str:
        if value is None:
            return ""
        return value if isinstance(value, str) else as_printed(value, self.digits + more)


@dataclass(frozen=True)
class Tally:
    """How many checks have which status."""

    reproduced: int
    double_rounding: int
    inconsistent: int
    not_checkable: int

    @property
    def checked(self) -> int:
        """All but those that cannot be checked."""
        return self.reproduced + self.double_rounding + self.inconsistent

    @property
    def share(self) -> str:
        """How many are reproduced, of how many: "226 of 230"."""
        return f"{self.reproduced} of {self.checked}"

    @property
    def words(self) -> str:
        """The count in words, the same wherever it stands."""
        rest = f", {self.inconsistent} not at all" if self.inconsistent else ""
        return f"{self.share} results reproduced, {self.double_rounding} after rounding twice{rest}"
