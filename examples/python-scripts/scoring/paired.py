"""Statistics of pairs: one item, answered under two conditions."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import comb, fsum


@dataclass(frozen=True)
class Pair:
    """A metric's two values for one item, and the item's cluster."""

    cluster: str
    control: float
    treatment: float


@dataclass(frozen=True)
class Resampling:
    """How a bootstrap interval is drawn."""

    samples: int
    confidence: float
    seed: int


def pairs_of(
    scores: Iterable[Mapping[str, str]],
    metric: str,
    control: str,
    treatment: str,
) -> list[Pair]:
    """The pairs of a metric; items where it is empty are left out."""
    by_item: dict[str, dict[str, float]] = {}
    clusters: dict[str, str] = {}
    for row in scores:
        if row[metric] != "":
            values = by_item.setdefault(row["item_id"], {})
            values[row["condition"]] = float(row[metric])
            clusters[row["item_id"]] = row["cluster"]
    return [
        Pair(clusters[item], values[control], values[treatment])
        for item, values in sorted(by_item.items())
        if control in values and treatment in values
    ]


def mean(values: Sequence[float]) -> float:
    """The arithmetic mean; fsum gives one result on every Python."""
    return fsum(values) / len(values)


def mean_difference(pairs: Sequence[Pair]) -> float:
    """The mean of treatment minus control."""
    return mean([pair.treatment - pair.control for pair in pairs])


def bootstrap_interval(
    pairs: Sequence[Pair], plan: Resampling, label: str
) -> tuple[float, float] | None:
    """Percentile interval of the mean difference, resampling clusters.

    Questions about one passage are not independent, so whole clusters are
    drawn with replacement (Efron and Tibshirani 1993, chapters 8 and 13).
    The label keeps the draws of one metric apart from those of another.
    None when there are fewer than two clusters.
    """
    totals: dict[str, tuple[float, int]] = {}
    for pair in pairs:
        total, count = totals.get(pair.cluster, (0.0, 0))
        difference = pair.treatment - pair.control
        totals[pair.cluster] = (total + difference, count + 1)
    if len(totals) < 2:
        return None
    clusters = [totals[name] for name in sorted(totals)]
    rng = random.Random(f"{plan.seed}:{label}")
    means = []
    for _ in range(plan.samples):
        drawn = rng.choices(clusters, k=len(clusters))
        means.append(fsum(t for t, _ in drawn) / sum(n for _, n in drawn))
    means.sort()
    tail = (1 - plan.confidence) / 2
    return quantile(means, tail), quantile(means, 1 - tail)


def quantile(ordered: Sequence[float], share: float) -> float:
    """A quantile of sorted values, interpolated between neighbours."""
    position = share * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    weight = position - below
    return ordered[below] * (1 - weight) + ordered[above] * weight


def mcnemar_mid_p(only_control: int, only_treatment: int) -> float:
    """Two-sided mid-p McNemar test of two counts of discordant pairs.

    The exact binomial test counts the observed table in full and is too
    conservative; the mid-p test counts it half (Fagerland, Lydersen and
    Laake 2013, BMC Medical Research Methodology 13:91).
    """
    total = only_control + only_treatment
    if total == 0:
        return 1.0
    low = min(only_control, only_treatment)
    ways = 1 << total
    if only_control == only_treatment:
        return 1 - comb(total, low) / (2 * ways)
    below = sum(comb(total, k) for k in range(low))
    return (2 * below + comb(total, low)) / ways
