"""Compares every treatment with the control, item by item."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from artifact_io import (
    Config,
    InputError,
    read_csv,
    results_dir,
    run_main,
    write_json,
    write_text,
)
from scoring.paired import (
    Resampling,
    bootstrap_interval,
    mcnemar_mid_p,
    mean,
    mean_difference,
    pairs_of,
)

METRICS = ("em", "f1", "abstained", "false_answer")
DATASETS = ("open_book", "closed_book")
Score = dict[str, str]


def resampling_of(config: Config) -> Resampling:
    """The bootstrap's settings from the section ``stats``."""
    return Resampling(
        samples=config.integer("stats.bootstrap_samples", minimum=100),
        confidence=config.number("stats.confidence", 0.5, 0.999),
        seed=config.integer("stats.random_seed", minimum=0),
    )


def compare(
    scores: Sequence[Score], control: str, treatment: str, plan: Resampling
) -> dict[str, Any]:
    """Difference and interval of each metric, and McNemar's test of EM."""
    metrics = {}
    for metric in METRICS:
        pairs = pairs_of(scores, metric, control, treatment)
        if not pairs:
            continue
        label = f"{scores[0]['dataset']}:{treatment}:{metric}"
        interval = bootstrap_interval(pairs, plan, label)
        metrics[metric] = {
            "items": len(pairs),
            "clusters": len({pair.cluster for pair in pairs}),
            "control": mean([pair.control for pair in pairs]),
            "treatment": mean([pair.treatment for pair in pairs]),
            "difference": mean_difference(pairs),
            "interval": list(interval) if interval else None,
        }
    if "em" not in metrics:
        raise InputError(f"no item has both {control} and {treatment}")
    matches = pairs_of(scores, "em", control, treatment)
    lost = sum(pair.control > pair.treatment for pair in matches)
    won = sum(pair.control < pair.treatment for pair in matches)
    return {
        "metrics": metrics,
        "mcnemar": {
            "only_control_right": lost,
            "only_treatment_right": won,
            "mid_p": mcnemar_mid_p(lost, won),
        },
    }


def summary(significance: dict[str, Any]) -> str:
    """The same numbers as a Markdown table for people."""
    lines = [
        "| dataset | comparison | metric | n | control | treatment"
        " | difference | interval |",
        "|---|---|---|--:|--:|--:|--:|---|",
    ]
    control = significance["control"]
    tests = []
    for treatment, datasets in significance["results"].items():
        for dataset, result in datasets.items():
            for metric, row in result["metrics"].items():
                cells = [
                    dataset,
                    f"{treatment} - {control}",
                    metric,
                    str(row["items"]),
                    f"{row['control']:.3f}",
                    f"{row['treatment']:.3f}",
                    f"{row['difference']:+.3f}",
                    "[{:+.3f}, {:+.3f}]".format(*row["interval"])
                    if row["interval"]
                    else "too few clusters",
                ]
                lines.append(f"| {' | '.join(cells)} |")
            test = result["mcnemar"]
            tests.append(
                f"- {dataset}, {treatment}: {test['only_treatment_right']}"
                f" items won, {test['only_control_right']} lost,"
                f" mid-p McNemar p = {test['mid_p']:.4f}"
            )
    return "\n".join([*lines, "", *tests]) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    args = parser.parse_args()
    config = Config.read(args.config)
    folder = results_dir(config)
    plan = resampling_of(config)
    control, *treatments = config.names("conditions")
    columns = ("item_id", "dataset", "cluster", "condition", *METRICS)
    scores = read_csv(folder / "per_item_scores.csv", columns)
    results: dict[str, Any] = {}
    for treatment in treatments:
        for dataset in DATASETS:
            rows = [row for row in scores if row["dataset"] == dataset]
            if not rows:
                raise InputError(f"no item of {dataset} was scored")
            found = compare(rows, control, treatment, plan)
            results.setdefault(treatment, {})[dataset] = found
    significance = {
        "schema_version": 2,
        "control": control,
        "settings": {
            "bootstrap_samples": plan.samples,
            "confidence": plan.confidence,
            "random_seed": plan.seed,
        },
        "results": results,
    }
    write_json(folder / "significance.json", significance)
    write_text(folder / "summary.md", summary(significance))
    print(f"{len(treatments)} treatments compared with {control}")


if __name__ == "__main__":
    run_main(main)
