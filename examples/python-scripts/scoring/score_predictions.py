"""Scores every prediction against its question."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from artifact_io import (
    Config,
    InputError,
    read_csv,
    read_jsonl,
    results_dir,
    run_main,
    write_csv,
)
from scoring.text import exact_match, normalize, support, token_f1

COLUMNS = (
    "item_id",
    "dataset",
    "cluster",
    "condition",
    "unanswerable",
    "abstained",
    "em",
    "f1",
    "false_answer",
    "support",
)
READ_COLUMNS = ("dataset", "item_id", "condition", "response_text")
Row = dict[str, Any]
Key = tuple[str, str]


def score(item: Row, response: str, abstentions: frozenset[str]) -> Row:
    """The scores of one response.

    To abstain is right on a question without an answer and wrong on any
    other. ``false_answer`` is None where the question has an answer, and
    ``support`` is None where there is no passage or no answer to support.
    """
    abstained = normalize(response) in abstentions
    unanswerable = bool(item.get("is_unanswerable", False))
    if abstained or unanswerable:
        em = int(abstained and unanswerable)
        f1 = float(em)
    else:
        em = exact_match(response, item["answers"])
        f1 = token_f1(response, item["answers"])
    held: float | None = None
    if "context" in item and not abstained:
        held = support(response, item["context"])
    return {
        "unanswerable": int(unanswerable),
        "abstained": int(abstained),
        "em": em,
        "f1": f1,
        "false_answer": int(not abstained) if unanswerable else None,
        "support": held,
    }


def refuse_gaps(items: dict[Key, Row], records: Sequence[Row]) -> None:
    """Every condition must have answered every question, and no other."""
    answered: dict[str, set[Key]] = {}
    for record in records:
        key = (record["dataset"], record["item_id"])
        answered.setdefault(record["condition"], set()).add(key)
    for condition, keys in sorted(answered.items()):
        missing = sorted(set(items) - keys)
        unknown = sorted(keys - set(items))
        if missing:
            raise InputError(
                f"condition {condition}: {len(missing)} questions have no"
                f" prediction, the first is {missing[0][1]}"
            )
        if unknown:
            raise InputError(
                f"condition {condition}: {unknown[0][1]} is no question"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument(
        "--prepared-dir", type=Path, default=Path("data/prepared")
    )
    args = parser.parse_args()
    config = Config.read(args.config)
    folder = results_dir(config)
    phrases = config.texts("scoring.abstain_phrases")
    abstentions = frozenset(normalize(phrase) for phrase in phrases)
    items = {
        (item["dataset"], item["id"]): item
        for dataset in ("open_book", "closed_book")
        for _, item in read_jsonl(args.prepared_dir / f"{dataset}.jsonl")
    }
    records = read_csv(folder / "predictions.csv", READ_COLUMNS)
    refuse_gaps(items, records)
    rows = []
    for record in records:
        item = items[record["dataset"], record["item_id"]]
        scores = score(item, record["response_text"], abstentions)
        rows.append({**record, "cluster": item["cluster"], **scores})
    rows.sort(key=lambda r: (r["dataset"], r["item_id"], r["condition"]))
    write_csv(folder / "per_item_scores.csv", COLUMNS, rows)
    print(f"{len(rows)} predictions scored")


if __name__ == "__main__":
    run_main(main)
