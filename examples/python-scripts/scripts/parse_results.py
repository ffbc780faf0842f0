"""Gathers the raw results of all shards in one table of predictions."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from artifact_io import (
    Config,
    InputError,
    field,
    read_jsonl,
    results_dir,
    run_main,
    write_csv,
)

COLUMNS = ("custom_id", "dataset", "item_id", "condition", "response_text")


def predictions(paths: Iterable[Path]) -> list[dict[str, str]]:
    """One row per custom_id, in the order of the ids."""
    rows: dict[str, dict[str, str]] = {}
    places: dict[str, str] = {}
    for path in paths:
        for where, result in read_jsonl(path):
            custom_id = field(where, result, "custom_id")
            if custom_id in rows:
                raise InputError(
                    f"{where}: {custom_id} was answered before,"
                    f" at {places[custom_id]}"
                )
            parts = custom_id.split("|")
            if len(parts) != 3:
                raise InputError(
                    f"{where}: expected a custom_id dataset|item|condition,"
                    f" found {custom_id}"
                )
            response = result.get("response")
            if not isinstance(response, dict):
                raise InputError(f"{where}: {custom_id} has no response")
            values = (custom_id, *parts, field(where, response, "text"))
            rows[custom_id] = dict(zip(COLUMNS, values))
            places[custom_id] = where
    return [rows[custom_id] for custom_id in sorted(rows)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--results", type=Path, nargs="+", required=True)
    args = parser.parse_args()
    config = Config.read(args.config)
    rows = predictions(args.results)
    write_csv(results_dir(config) / "predictions.csv", COLUMNS, rows)
    print(f"{len(rows)} predictions from {len(args.results)} files")


if __name__ == "__main__":
    run_main(main)
