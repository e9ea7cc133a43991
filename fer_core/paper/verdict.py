"""What becomes of a study's claim."""

from __future__ import annotations

from typing import Literal

Verdict = Literal["wrong", "overstated", "cannot be checked"]
"""- wrong: other numbers of the study, or arithmetic, contradict it;
- overstated: something of it stands, less than is said;
- cannot be checked: what it rests on is not printed."""
