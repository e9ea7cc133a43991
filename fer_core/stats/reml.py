"""Restricted maximum likelihood of linear models with variance components, and degrees of freedom.

In each level of a group y = X b + sum_k Z_k u_k + e, with u_k ~ N(0, psi_k I) drawn anew for each level and
e ~ N(0, psi_0 I), all independent (Laird and Ware, 1982). So the covariance of y falls into one block per
level, and nothing larger is inverted. statsmodels' MixedLM stops short of the optimum where a variance is
small.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.intp]

_GRID = np.linspace(-12.0, 12.0, 97)
"""Logarithms of a variance ratio at which the criterion is looked at before the best is refined."""
_NONE = 1e-9
"""Of the residual variance: a smaller component counts as 0."""
_STEPS, _GAIN = 200, 1e-10
_FLAT = 1e-4


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted model.

    Attributes
    ----------
    estimates : (p,) array
        Coefficients of X.
    covariance : (p, p) array
        Theirs, (X' V^-1 X)^-1.
    residual : float
        psi_0, the residual variance.
    variances : (K,) array
        psi_1 to psi_K.
    settled : bool
        Whether the criterion is at a minimum: flat along every variance above 0, rising along the others.
    """

    estimates: Floats
    covariance: Floats
    residual: float
    variances: Floats
    settled: bool
    _slopes: Floats
    _spread: Floats

    def degrees(self, contrast: Floats) -> float:
        """Satterthwaite's (1946) degrees of freedom of l'b: 2 (l'Cl)^2 / var(l'Cl).

        var(l'Cl) = g'Ag, g the derivatives of l'Cl by the variances above 0 and A their asymptotic covariance
        (Giesbrecht and Burns, 1985; Kuznetsova, Brockhoff and Christensen, 2017).
        """
        value = float(contrast @ self.covariance @ contrast)
        slopes = np.einsum("p,kpq,q->k", contrast, self._slopes, contrast)
        spread = float(slopes @ self._spread @ slopes)
        return 2 * value**2 / spread if spread > 0 else math.inf

    def test(self, rows: Floats) -> tuple[float, int, float]:
        """F, its degrees of freedom and those of its error, of the hypothesis that ``rows`` @ b is 0.

        ``rows``: (q, p). Of several rows the error's degrees are those of Fai and Cornelius (1996).
        """
        values = rows @ self.covariance @ rows.T
        shares, vectors = np.linalg.eigh(values)
        turned = vectors.T @ rows
        t_squared = (turned @ self.estimates) ** 2 / shares
        f = float(np.mean(t_squared))
        each = np.array([self.degrees(row) for row in turned])
        if len(each) == 1 or np.ptp(each) < 1e-8:
            return f, len(each), float(each.mean())
        if (each <= 2).any():
            return f, len(each), 2.0
        total = float(np.sum(each / (each - 2)))
        return f, len(each), 2 * total / (total - len(each))


def fit(y: Floats, x: Floats, group: Numbers, slopes: Sequence[Floats] = ()) -> Fit:
    """The model whose restricted likelihood is largest.

    Parameters
    ----------
    y : (n,) array
    x : (n, p) array
        Of full rank.
    group : (n,) array
        Level of the group of each row, from 0.
    slopes : sequence of (n, q) arrays
        Z of each component beside the intercept of each level, which is always there.

    With intercepts alone the ratio of the two variances is found on a grid
    and refined between its neighbours (Brent); several variances by Fisher's scoring.
    """
    blocks = _Blocks(y, x, group, slopes)
    psi = _components(blocks, float(np.var(y))) if slopes else _intercepts(blocks)
    return _finished(blocks, psi)


# --- inside ---------------------------------------------------------------------------------------


class _Blocks:
    """The rows by level of the group: [X y], and Z Z' of residual, intercept and slopes, of every level."""

    def __init__(self, y: Floats, x: Floats, group: Numbers, slopes: Sequence[Floats]) -> None:
        both = np.column_stack([x, y])
        self.degrees = len(y) - x.shape[1]
        self.kinds = 2 + len(slopes)
        self.blocks: list[tuple[Floats, list[Floats]]] = []
        for level in np.unique(group):
            rows = np.flatnonzero(group == level)
            parts = [z[rows] @ z[rows].T for z in (np.ones((len(y), 1)), *slopes)]
            self.blocks.append((both[rows], [np.eye(len(rows)), *parts]))
        self._whole = both.T @ both
        self._sums = np.array([block.sum(axis=0) for block, _ in self.blocks])
        self._rows = np.array([len(block) for block, _ in self.blocks])

    def intercepts(self, ratio: float) -> tuple[float, float]:
        """Of a model with intercepts alone: -2 log restricted likelihood, up to a constant, with the residual
        variance at its best, and that variance. V = I + r 11' in each block has the inverse
        I - r / (1 + n r) 11'.
        """
        grown = 1 + self._rows * ratio
        products = self._whole - (self._sums.T * (ratio / grown)) @ self._sums
        of_x, towards = products[:-1, :-1], products[:-1, -1]
        quadratic = max(float(products[-1, -1] - towards @ np.linalg.solve(of_x, towards)), 1e-300)
        determinants = float(np.sum(np.log(grown))) + float(np.linalg.slogdet(of_x)[1])
        return determinants + self.degrees * math.log(quadratic), quadratic / self.degrees


def _intercepts(blocks: _Blocks) -> Floats:
    """Both variances where the group has an intercept only: the criterion depends on their ratio alone."""
    from scipy.optimize import minimize_scalar

    def at(logarithm: float) -> float:
        return blocks.intercepts(math.exp(logarithm))[0]

    values = [at(float(v)) for v in _GRID]
    best = int(np.argmin(values))
    low, high = _GRID[max(best - 1, 0)], _GRID[min(best + 1, len(_GRID) - 1)]
    refined = minimize_scalar(at, bounds=(low, high), method="bounded", options={"xatol": 1e-10})
    none = blocks.intercepts(0.0)[0] <= refined.fun + 1e-10
    ratio = 0.0 if none else math.exp(float(refined.x))
    return blocks.intercepts(ratio)[1] * np.array([1.0, ratio])


def _components(blocks: _Blocks, spread: float) -> Floats:
    """All variances by Fisher's scoring; one that would fall below 0 stays there while that does good."""
    psi = np.full(blocks.kinds, spread / blocks.kinds)
    now = _Likelihood(blocks, psi)
    for _ in range(_STEPS):
        free = np.flatnonzero((psi > 0) | (now.slope < 0))
        step = np.zeros_like(psi)
        step[free] = np.linalg.lstsq(now.information(free), now.slope[free], rcond=None)[0]
        moved = _moved(blocks, psi, step, now.value)
        if moved is None:
            break
        gain = now.value - moved.value
        now, psi = moved, moved.psi
        if gain < _GAIN:
            break
    return psi


def _moved(blocks: _Blocks, psi: Floats, step: Floats, value: float) -> _Likelihood | None:
    """The first of ever shorter steps that does good; then the step as far as the first variance at 0."""
    shares = [0.5**k for k in range(12)]
    falling = step[1:] > 0
    if falling.any():
        shares.append(float(np.min(psi[1:][falling] / step[1:][falling])))
    for share in shares:
        new = np.maximum(psi - share * step, 0.0)
        new[0] = max(new[0], psi[0] / 10)  # a residual variance of 0 has no inverse, and rounding decides
        new[1:][new[1:] < _NONE * psi[0]] = 0.0
        if (moved := _Likelihood(blocks, new)).value < value:
            return moved
    return None


class _Likelihood:
    """-2 log restricted likelihood at variances psi (K + 1,), up to a constant, and its derivatives.

    With P = V^-1 - V^-1 X C X' V^-1: the slope is tr(P V_i) - y'P V_i P y, the curvature
    2 y'P V_i P V_j P y - tr(P V_i P V_j), and tr(P V_i P V_j) what is expected of it (Searle, Casella and
    McCulloch, 1992, chapter 6).
    """

    def __init__(self, blocks: _Blocks, psi: Floats) -> None:
        self.psi = psi
        size = blocks.blocks[0][0].shape[1]
        self._blocks, whole, determinant = [], np.zeros((size, size)), 0.0
        self._single, self._trace = np.zeros((len(psi), size, size)), np.zeros(len(psi))
        for both, parts in blocks.blocks:
            v = sum(value * part for value, part in zip(psi, parts, strict=True))
            w = np.linalg.inv(v)
            determinant += float(np.linalg.slogdet(v)[1])
            inner = w @ both
            whole += both.T @ inner
            for i, part in enumerate(parts):
                self._single[i] += inner.T @ part @ inner
                self._trace[i] += float(np.sum(w * part))
            self._blocks.append((parts, w, inner))
        self.covariance = np.linalg.inv(whole[:-1, :-1])
        self.estimates = self.covariance @ whole[:-1, -1]
        self._weights = np.append(-self.estimates, 1.0)  # [X y] @ weights: the residuals
        quadratic = float(whole[-1, -1] - whole[:-1, -1] @ self.estimates)
        self.value = determinant + float(np.linalg.slogdet(whole[:-1, :-1])[1]) + quadratic

    @cached_property
    def slope(self) -> Floats:
        """(K + 1,)."""
        explained = np.einsum("kpq,qp->k", self._single[:, :-1, :-1], self.covariance)
        residual = np.einsum("p,kpq,q->k", self._weights, self._single, self._weights)
        return np.asarray(self._trace - explained - residual)

    @property
    def covariance_slopes(self) -> Floats:
        """(K + 1, p, p): derivatives of the coefficients' covariance, C (X' V^-1 V_i V^-1 X) C."""
        c = self.covariance
        return np.einsum("pq,kqr,rs->kps", c, self._single[:, :-1, :-1], c)

    def information(self, of: Numbers) -> Floats:
        """(A, A): the expected curvature by the variances numbered in ``of``."""
        return self._second(of)[0]

    def curvature(self, of: Numbers) -> Floats:
        """(A, A): the observed one."""
        expected, squares = self._second(of)
        return 2 * squares - expected

    def _second(self, of: Numbers) -> tuple[Floats, Floats]:
        """tr(P V_i P V_j) and y'P V_i P V_j P y."""
        size, kinds = len(self._weights), len(of)
        double, traces = np.zeros((kinds, kinds, size, size)), np.zeros((kinds, kinds))
        for parts, w, inner in self._blocks:
            turned = [w @ parts[i] for i in of]
            for i in range(kinds):
                for j in range(i + 1):
                    double[i, j] += inner.T @ parts[of[i]] @ turned[j] @ inner
                    traces[i, j] += float(np.sum(turned[i] * turned[j].T))
        for i in range(kinds):
            for j in range(i):
                double[j, i], traces[j, i] = double[i, j].T, traces[i, j]
        single, weights, c = self._single[of], self._weights, self.covariance
        a, towards = single[:, :-1, :-1], np.einsum("kpq,q->kp", single[:, :-1], weights)
        squares = np.einsum("p,ijpq,q->ij", weights, double, weights)
        squares = squares - np.einsum("ip,pq,jq->ij", towards, c, towards)
        traces = traces - 2 * np.einsum("ijpq,qp->ij", double[:, :, :-1, :-1], c)
        return traces + np.einsum("ipq,qr,jrs,sp->ij", a, c, a, c), squares


def _finished(blocks: _Blocks, psi: Floats) -> Fit:
    at = _Likelihood(blocks, psi)
    above = np.flatnonzero(psi > 0)
    curvature = at.curvature(above)
    within = _FLAT * blocks.degrees
    flat = bool(np.all(np.abs(at.slope[above] * psi[above]) < within))
    rising = bool(np.all(at.slope[psi == 0] * psi[0] > -within))
    convex = bool(np.all(np.linalg.eigvalsh(curvature) > 0))
    return Fit(
        estimates=at.estimates,
        covariance=at.covariance,
        residual=float(psi[0]),
        variances=psi[1:],
        settled=flat and rising and convex,
        _slopes=at.covariance_slopes[above],
        _spread=2 * np.linalg.pinv(curvature),
    )
