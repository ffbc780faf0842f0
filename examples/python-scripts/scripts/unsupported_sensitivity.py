"""How the rate of unsupported answers depends on what counts as support.

An answer is unsupported when a smaller share of its words than the
threshold stands in the passage; an abstention needs no support. The sweep
shows at which threshold the conclusion appears or turns.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from artifact_io import Config, InputError, read_csv, run_main, write_json
from scoring.paired import (
    Resampling,
    bootstrap_interval,
    mean,
    mean_difference,
    pairs_of,
)
from scoring.stats import resampling_of

COLUMNS = ("item_id", "dataset", "cluster", "condition", "support")
Score = dict[str, str]


def judged(scores: Sequence[Score], threshold: float) -> list[Score]:
    """The scores with a column ``unsupported``, 0 or 1."""
    rows = []
    for row in scores:
        held = row["support"]
        unsupported = held != "" and float(held) < threshold
        rows.append({**row, "unsupported": str(int(unsupported))})
    return rows


def sweep(
    scores: Sequence[Score],
    conditions: tuple[str, str],
    thresholds: Sequence[float],
    plan: Resampling,
) -> list[dict[str, Any]]:
    """One point per threshold: both rates, difference and interval."""
    points = []
    for threshold in thresholds:
        rows = judged(scores, threshold)
        pairs = pairs_of(rows, "unsupported", *conditions)
        if not pairs:
            raise InputError(f"no item has both of {', '.join(conditions)}")
        # One label for all thresholds: the same draws make them comparable.
        interval = bootstrap_interval(pairs, plan, conditions[1])
        points.append(
            {
                "threshold": threshold,
                "items": len(pairs),
                "control": mean([pair.control for pair in pairs]),
                "treatment": mean([pair.treatment for pair in pairs]),
                "difference": mean_difference(pairs),
                "interval": list(interval) if interval else None,
            }
        )
    return points


def tipping_point(points: Sequence[dict[str, Any]]) -> Any:
    """The first threshold whose interval excludes zero, or None."""
    for point in points:
        interval = point["interval"]
        if interval and (interval[0] > 0 or interval[1] < 0):
            return point["threshold"]
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--scores", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    config = Config.read(args.config)
    plan = resampling_of(config)
    thresholds = config.numbers("sensitivity.thresholds", 0, 1)
    control, *treatments = config.names("conditions")
    scores = [
        row
        for row in read_csv(args.scores, COLUMNS)
        if row["dataset"] == "open_book"
    ]
    results = {}
    for treatment in treatments:
        points = sweep(scores, (control, treatment), thresholds, plan)
        results[treatment] = {
            "points": points,
            "tipping_point": tipping_point(points),
        }
    write_json(
        args.out,
        {"schema_version": 2, "control": control, "results": results},
    )
    print(f"{len(thresholds)} thresholds for {len(treatments)} treatments")


if __name__ == "__main__":
    run_main(main)
