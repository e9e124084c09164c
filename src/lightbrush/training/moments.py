"""What a student paints, as a whole, should look as worlds do: the Fréchet distance of features as a loss.

Each picture alone may be a good answer, and all of them together too alike, too smooth or too busy. Features of many
pictures, taken as a Gaussian, show that (Heusel et al., "GANs Trained by a Two Time-Scale Update Rule", 2017), and the
distance of two Gaussians has a gradient that is cheap: a picture's features f move toward where the optimal transport
between the two takes them (Knott and Smith, "On the optimal mapping of distributions", 1984),

    g(f) = m_w + T (f - m_s),    T = C_s^(-1/2) (C_s^(1/2) C_w C_s^(1/2))^(1/2) C_s^(-1/2)

with m, C the mean and the covariance of the worlds' and of the student's. They are averages over many batches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

#: Of the moments, what is kept at each batch: worlds stay what they are, a student does not. Some ten thousand of its
#: pictures count.
_KEPT_OF_WORLDS: Final = 0.9995
_KEPT: Final = 0.995
#: Added to variances, which are about 1: directions in which hardly anything varies tell nothing.
_LEAST_VARIANCE: Final = 1e-3


@dataclass(frozen=True)
class Gaussian:
    """mean [F]; square [F, F], of the features' products; weight: of what was seen, 0 to 1 (Kingma and Ba, 2015, on
    averages that begin at nothing). kept: of all three, at each batch."""

    mean: Tensor
    square: Tensor
    weight: Tensor
    kept: float

    @classmethod
    def unseen(cls, features: int, device: torch.device, kept: float) -> Gaussian:
        return cls(
            torch.zeros(features, device=device),
            torch.zeros(features, features, device=device),
            torch.zeros((), device=device),
            kept,
        )

    def see(self, features: Tensor, counted: Tensor) -> None:
        """features: [B, F]; counted: [B], 0 or 1."""
        share = counted / counted.sum().clamp(min=1)
        there = (counted.sum() > 0).float() * (1 - self.kept)
        self.mean.lerp_(share @ features, there)
        self.square.lerp_((features * share[:, None]).T @ features, there)
        self.weight.lerp_(torch.ones_like(self.weight), there)

    def moments(self, scale: Tensor) -> tuple[Tensor, Tensor]:
        """-> mean and covariance of the features times scale [F], in float64."""
        weight = self.weight.double().clamp(min=1e-9)
        mean = scale * self.mean.double() / weight
        square = torch.outer(scale, scale) * self.square.double() / weight
        return mean, square - torch.outer(mean, mean)


class Moments:
    """Of worlds and of a student's pictures, and the way from one to the other. What it has is changed in place, so
    that a captured step may use it."""

    def __init__(self, features: int, device: torch.device) -> None:
        self.worlds, self.painted = (Gaussian.unseen(features, device, kept) for kept in (_KEPT_OF_WORLDS, _KEPT))
        self._scale = torch.zeros(features, device=device)
        self._turn = torch.zeros(features, features, device=device)
        self._mean = torch.zeros(features, device=device)
        self._shift = torch.zeros(features, device=device)
        self._first: float | None = None
        self.apart = torch.zeros((), device=device)
        """How far they are, as a part of how far they were at first."""

    def loss(self, features: Tensor, counted: Tensor) -> Tensor:
        """features [B, F] of what the student paints -> a loss whose gradient moves them along the way; 0 before the
        first `settle`. counted: [B], 0 or 1."""
        with torch.no_grad():
            along = (features - self._mean) @ self._turn.T + self._shift
        moved = ((features * self._scale) * along).sum(1) / len(self._scale)
        return (moved * counted).sum() / counted.sum().clamp(min=1)

    def settle(self) -> float:
        """Find the way anew. -> the squared distance, of features that vary by 1 in worlds."""
        if self._first is None:
            _, covariance = self.worlds.moments(torch.ones_like(self._mean, dtype=torch.float64))
            self._scale.copy_((covariance.diagonal() + 1e-8).rsqrt())
        scale = self._scale.double()
        (worlds, wide), (painted, own) = (one.moments(scale) for one in (self.worlds, self.painted))
        more = _LEAST_VARIANCE * torch.eye(len(scale), dtype=torch.float64, device=scale.device)
        root, inverse = _roots(own + more)
        between, _ = _roots(root @ (wide + more) @ root)
        turn = inverse @ between @ inverse
        distance = float((worlds - painted).square().sum() + (wide + own).trace() - 2 * between.trace())
        unturned = torch.eye(len(scale), dtype=torch.float64, device=scale.device) - turn
        self._turn.copy_(unturned * scale)
        self._mean.copy_(painted / scale)
        self._shift.copy_(painted - worlds)
        self._first = self._first or max(distance, 1e-9)
        self.apart.fill_(min(1.0, max(0.0, distance) / self._first) ** 0.5)
        return distance


def _roots(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Of a symmetric matrix without negative eigenvalues: its square root, and that one's inverse."""
    values, vectors = torch.linalg.eigh((matrix + matrix.T) / 2)
    root = values.clamp(min=1e-10).sqrt()
    return (vectors * root) @ vectors.T, (vectors / root) @ vectors.T
