"""How a training went, epoch by epoch."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class History:
    """One number per epoch of each kind, and why the training ended.

    ``train`` and ``validation`` are the loss that was minimised (class weights, smoothing and mixing
    included on the training side), ``accuracy`` is the validation side's; ``rate`` the learning rate,
    ``seconds`` the time. ``stopped``: "epochs", "patience" or "time".
    """

    train: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    best_epoch: int = 0
    stopped: str = "epochs"

    @property
    def epochs(self) -> int:
        """Epochs trained."""
        return len(self.train)
