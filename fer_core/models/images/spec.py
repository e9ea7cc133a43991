"""What the registry knows of one image model, before anything of it is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from fer_core.base.errors import SettingError

Kind = Literal["network", "classical"]
Study = Literal["munsarif", "tutuianu", "suwartono"]
Weights = Literal["imagenet"] | str | Path | None
"""Initial weights: none, those keras.applications has, or the file of some."""


@dataclass(frozen=True)
class ModelSpec:
    """One model of one study.

    Its network takes float32 (n, size, size, channels) in [0, 1] and gives probabilities
    (n, classes); what else its family needs (a mean, -1..1) is a layer inside it.
    """

    name: str
    """Unique: small letters, digits and hyphens."""
    title: str
    """As the study calls it."""
    study: Study
    kind: Kind
    sizes: tuple[int, ...]
    """Input sides in pixels it is meant for, the predefined one first."""
    channels: int
    """Predefined: 1 (grey) or 3 (RGB)."""
    builder: str
    """``module:function``; it is given size, channels, classes, dropout and weights (None or "imagenet")."""
    published_parameters: Mapping[int, float] = field(default_factory=dict)
    """By input side, as the study prints them: 15e6 for "~15M"; empty where it prints none."""
    pretrained: tuple[str, ...] = ()
    """Names of initial weights that can be had by name: of ("imagenet",)."""
    least: int = 1
    """Smallest input side in pixels that it can be built for."""
    note: str = ""
    """Where the study is silent or garbled, and what was done."""
    crop: Literal["", "landmarks"] = ""
    """How the face is to be cut out beforehand; "landmarks": upright, by `fer_core.landmarks.face_crop`."""

    def build(
        self,
        size: int | None = None,
        channels: int | None = None,
        classes: int = 7,
        dropout: float | None = None,
        weights: Weights = None,
    ) -> Any:
        """A fresh keras.Model, or a scikit-learn estimator where the kind is classical.

        Parameters
        ----------
        size : int, default the first of ``sizes``
            Input side in pixels, ``least`` or more.
        channels : 1 or 3, default ``channels``
        classes : int, default 7
            Two or more.
        dropout : float in [0, 1), default the study's own
            One rate in place of each of the study's.
        weights : None, "imagenet" or a file (.weights.h5, .h5, .npz)

        Raises
        ------
        SettingError
            A value is outside its range, or the model has no weights of that name.
        BundleError
            The weights cannot be had, or are those of another architecture.
        """
        size = self.sizes[0] if size is None else size
        channels = self.channels if channels is None else channels
        self._check(size, channels, classes, dropout)
        named = weights == "imagenet"
        if weights is not None:
            self._check_weights(named)
        model = self._make()(
            size=size, channels=channels, classes=classes, dropout=dropout, weights="imagenet" if named else None
        )
        if weights is not None and not named:
            from fer_core.models.images.initial_weights import load_initial_weights  # it needs keras

            load_initial_weights(model, Path(weights))
        return model

    def _make(self) -> Callable[..., Any]:
        module, _, function = self.builder.partition(":")
        made: Callable[..., Any] = getattr(import_module(module), function)
        return made

    def _check(self, size: int, channels: int, classes: int, dropout: float | None) -> None:
        if size < self.least:
            raise SettingError(
                f"{self.title} cannot take images of {size} pixels", fix=f"use {self.least} pixels or more"
            )
        if channels not in (1, 3):
            raise SettingError(f"images have 1 or 3 channels, not {channels}", fix="use 1 (grey) or 3 (RGB)")
        if classes < 2:
            raise SettingError(f"{self.title} cannot tell {classes} classes apart", fix="give two or more")
        if dropout is not None and not 0 <= dropout < 1:
            raise SettingError(f"the dropout {dropout} is outside [0, 1)", fix="use a rate such as 0.2")

    def _check_weights(self, named: bool) -> None:
        if self.kind == "classical":
            raise SettingError(f"{self.title} has no initial weights", fix="train it without")
        if named and "imagenet" not in self.pretrained:
            raise SettingError(
                f"there are no ImageNet weights for {self.title}", fix="train it from scratch, or name a file"
            )
