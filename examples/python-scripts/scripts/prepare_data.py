"""Checks the raw questions, draws the sample and writes data/prepared/."""

from __future__ import annotations

import argparse
import random
import unicodedata
from pathlib import Path
from typing import Any

from artifact_io import (
    Config,
    InputError,
    field,
    read_jsonl,
    run_main,
    write_jsonl,
)

Row = dict[str, Any]


def tidy(text: str) -> str:
    """One Unicode form, single spaces, no space at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def answers_of(where: str, question: Row) -> list[str]:
    """The accepted answers; an empty list means it has none."""
    answers = question.get("answers")
    if not isinstance(answers, list) or not all(
        isinstance(answer, str) and answer.strip() for answer in answers
    ):
        raise InputError(f"{where}: 'answers' must be a list of strings")
    return sorted({tidy(answer) for answer in answers})


def questions_of(where: str, passage: Row) -> list[Row]:
    """The questions about a passage, one or more."""
    questions = passage.get("questions")
    if (
        not isinstance(questions, list)
        or not questions
        or not all(isinstance(question, dict) for question in questions)
    ):
        raise InputError(f"{where}: 'questions' must be a list of objects")
    return questions


def open_book_rows(path: Path) -> list[Row]:
    """One row per question about a passage; it may be unanswerable."""
    rows = []
    for where, passage in read_jsonl(path):
        context = tidy(field(where, passage, "text"))
        for question in questions_of(where, passage):
            answers = answers_of(where, question)
            absent = [a for a in answers if a not in context]
            if absent:
                raise InputError(
                    f"{where}: the passage does not hold the answer"
                    f" '{absent[0]}' of {question.get('id')}"
                )
            rows.append(
                {
                    "id": field(where, question, "id"),
                    "dataset": "open_book",
                    "cluster": field(where, passage, "passage_id"),
                    "question": tidy(field(where, question, "question")),
                    "context": context,
                    "answers": answers,
                    "is_unanswerable": not answers,
                }
            )
    return rows


def closed_book_rows(path: Path) -> list[Row]:
    """One row per general question; each is a cluster of its own."""
    rows = []
    for where, question in read_jsonl(path):
        answers = answers_of(where, question)
        if not answers:
            raise InputError(f"{where}: a closed-book item needs an answer")
        rows.append(
            {
                "id": field(where, question, "id"),
                "dataset": "closed_book",
                "cluster": field(where, question, "id"),
                "question": tidy(field(where, question, "question")),
                "answers": answers,
            }
        )
    return rows


def sample(rows: list[Row], size: int, seed: str) -> list[Row]:
    """Draws at most ``size`` rows; they come back in the order of ids."""
    ordered = sorted(rows, key=lambda row: row["id"])
    for earlier, later in zip(ordered, ordered[1:]):
        if earlier["id"] == later["id"]:
            raise InputError(f"the id '{later['id']}' is used twice")
    random.Random(seed).shuffle(ordered)
    return sorted(ordered[:size], key=lambda row: row["id"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--raw-dir", type=Path, default=Path("data/raw"))
    parser.add_argument("--out-dir", type=Path, default=Path("data/prepared"))
    args = parser.parse_args()
    config = Config.read(args.config)
    seed = config.integer("seed", minimum=0)
    readers = {"open_book": open_book_rows, "closed_book": closed_book_rows}
    for dataset, read_rows in readers.items():
        limit = config.integer(f"datasets.{dataset}.max_items", minimum=1)
        rows = read_rows(args.raw_dir / f"{dataset}.jsonl")
        drawn = sample(rows, limit, seed=f"{seed}:{dataset}")
        write_jsonl(args.out_dir / f"{dataset}.jsonl", drawn)
        print(f"{dataset}: {len(drawn)} of {len(rows)} questions")


if __name__ == "__main__":
    run_main(main)
