"""Writes the requests of every condition to shards in data/batch_inputs/."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from artifact_io import (
    Config,
    InputError,
    read_jsonl,
    run_main,
    write_jsonl,
)

Row = dict[str, Any]


def user_message(item: Row) -> str:
    """The text of the user's turn: the passage, when there is one."""
    question = f"QUESTION:\n{item['question']}"
    if "context" not in item:
        return question
    return f"CONTEXT:\n{item['context']}\n\n{question}"


def request(item: Row, condition: str, prompt: str) -> Row:
    """One request; its custom_id is unique over all conditions."""
    return {
        "custom_id": f"{item['dataset']}|{item['id']}|{condition}",
        "body": {
            "messages": [
                {"role": "system", "content": prompt},
                {"role": "user", "content": user_message(item)},
            ]
        },
    }


def shards(
    items: list[Row], prompts: dict[str, str], size: int
) -> Iterator[tuple[str, list[Row]]]:
    """Yields the name and the requests of each shard, in a fixed order."""
    for condition, prompt in prompts.items():
        requests = [request(item, condition, prompt) for item in items]
        for start in range(0, len(requests), size):
            name = f"{condition}_part{start // size + 1:02d}.jsonl"
            yield name, requests[start : start + size]


def wanted_names(path: Path | None) -> set[str] | None:
    """The shards a list file asks for; None for all (no file, or ``*``)."""
    if path is None:
        return None
    lines = path.read_text(encoding="utf-8").split("\n")
    names = {Path(line.strip()).name for line in lines if line.strip()}
    return None if "*" in names else names


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument(
        "--prepared-dir", type=Path, default=Path("data/prepared")
    )
    parser.add_argument("--prompts-dir", type=Path, default=Path("prompts"))
    parser.add_argument(
        "--out-dir", type=Path, default=Path("data/batch_inputs")
    )
    parser.add_argument(
        "--only",
        type=Path,
        metavar="FILE",
        help="a list of the shards to write, one per line; * means all",
    )
    args = parser.parse_args()
    config = Config.read(args.config)
    size = config.integer("batch.size", minimum=1)
    prompts = {
        name: (args.prompts_dir / f"{name}.md").read_text(encoding="utf-8")
        for name in config.names("conditions")
    }
    items = [
        item
        for dataset in ("open_book", "closed_book")
        for _, item in read_jsonl(args.prepared_dir / f"{dataset}.jsonl")
    ]
    if not items:
        raise InputError(f"{args.prepared_dir}: there are no questions")
    built = dict(shards(items, prompts, size))
    wanted = wanted_names(args.only)
    if wanted is None:
        # A smaller build must not leave the last shards of a larger one.
        for old in args.out_dir.glob("*.jsonl"):
            if old.name not in built:
                old.unlink()
        wanted = set(built)
    unknown = sorted(wanted - set(built))
    if unknown:
        raise InputError(f"{args.only}: no shard is named {unknown[0]}")
    for name in sorted(wanted):
        write_jsonl(args.out_dir / name, built[name])
    print(f"wrote {len(wanted)} of {len(built)} shards")


if __name__ == "__main__":
    run_main(main)
