"""Reading and writing the files of this project.

Everything is written deterministically (fixed order, "\n" line ends, no
clock) and atomically: a temporary file beside the target, then a rename.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Callable


class InputError(Exception):
    """Something the user gave is wrong; the message says what and where."""


class Config:
    """The values of a JSON configuration file, asked for by dotted key."""

    def __init__(self, path: Path, values: Mapping[str, Any]) -> None:
        self._path = path
        self._values = values

    @classmethod
    def read(cls, path: Path) -> Config:
        """Reads a JSON file that holds one object."""
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except json.JSONDecodeError as error:
            raise InputError(
                f"{path}:{error.lineno}: not valid JSON: {error.msg}"
            ) from error
        if not isinstance(values, dict):
            raise InputError(f"{path}: expected a JSON object")
        return cls(path, values)

    def get(self, key: str) -> Any:
        """The value of a dotted key such as ``batch.size``."""
        value: Any = self._values
        for part in key.split("."):
            if not isinstance(value, dict) or part not in value:
                raise InputError(f"{self._path}: the key '{key}' is missing")
            value = value[part]
        return value

    def integer(self, key: str, minimum: int) -> int:
        """A whole number that is at least ``minimum``."""
        value = self.get(key)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if type(value) is not int or value < minimum:
            raise self._wrong(key, f"a whole number >= {minimum}", value)
        return value

    def number(self, key: str, low: float, high: float) -> float:
        """A number between ``low`` and ``high``, both included."""
        return self._number(key, self.get(key), low, high)

    def numbers(self, key: str, low: float, high: float) -> list[float]:
        """A list of numbers between ``low`` and ``high``, not empty."""
        values = self._list(key)
        return [self._number(key, value, low, high) for value in values]

    def texts(self, key: str) -> list[str]:
        """A list of strings, not empty."""
        values = self._list(key)
        for value in values:
            if not isinstance(value, str) or not value:
                raise self._wrong(key, "a list of strings", value)
        return values

    def name(self, key: str) -> str:
        """A string that is safe as a part of a file name."""
        return self._name(key, self.get(key))

    def names(self, key: str) -> list[str]:
        """Two or more different names, each safe in a file name."""
        names = [self._name(key, value) for value in self._list(key)]
        if len(names) < 2 or len(set(names)) < len(names):
            raise self._wrong(key, "two or more different names", names)
        return names

    def _list(self, key: str) -> list[Any]:
        values = self.get(key)
        if not isinstance(values, list) or not values:
            raise self._wrong(key, "a list that is not empty", values)
        return values

    def _name(self, key: str, value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(
            r"[A-Za-z0-9][A-Za-z0-9._-]*", value
        ):
            raise self._wrong(key, "a name of letters, digits, . _ -", value)
        return value

    def _number(self, key: str, value: Any, low: float, high: float) -> float:
        if type(value) not in (int, float) or not low <= value <= high:
            raise self._wrong(key, f"a number from {low} to {high}", value)
        return float(value)

    def _wrong(self, key: str, expected: str, found: Any) -> InputError:
        return InputError(
            f"{self._path}: '{key}' must be {expected},"
            f" found {json.dumps(found)}"
        )


def results_dir(config: Config) -> Path:
    """The folder of one run's results, named by the key ``run_id``."""
    return Path("experiments") / f"run_{config.name('run_id')}" / "results"


def read_jsonl(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields ``("path:line", object)`` for each line that is not blank."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            where = f"{path}:{number}"
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise InputError(
                    f"{where}: not valid JSON: {error.msg}"
                ) from error
            if not isinstance(row, dict):
                raise InputError(f"{where}: expected a JSON object")
            yield where, row


def field(where: str, row: Mapping[str, Any], name: str) -> str:
    """A text field of a row that must be there and not be blank."""
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{where}: the field '{name}' is missing or blank")
    return value


def read_csv(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """The records of a CSV file whose header must hold ``columns``."""
    with path.open(encoding="utf-8", newline="") as text:
        reader = csv.DictReader(text)
        missing = [c for c in columns if c not in (reader.fieldnames or [])]
        if missing:
            raise InputError(f"{path}:1: no column {', '.join(missing)}")
        records = []
        for record in reader:
            if None in record or None in record.values():
                raise InputError(
                    f"{path}:{reader.line_num}: this record does not have"
                    " as many fields as the header"
                )
            records.append(record)
        return records


def write_text(path: Path, text: str) -> None:
    """Replaces a file in one step, so no reader sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(text.encode("utf-8"))
    os.replace(temporary, path)


def write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Writes one JSON object per line."""
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    write_text(path, "".join(lines))


def write_csv(
    path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]
) -> None:
    """Writes a CSV file; a number keeps ten digits, None is left empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(row[name]) for name in columns})
    write_text(path, text.getvalue())


def write_json(path: Path, value: Any) -> None:
    """Writes indented JSON; every number keeps ten digits."""
    text = json.dumps(_rounded(value), indent=2, ensure_ascii=False)
    write_text(path, text + "\n")


def run_main(main: Callable[[], None]) -> None:
    """Runs a script; a user's mistake ends it with one line and status 1."""
    try:
        main()
    except InputError as error:
        problem = str(error)
    except OSError as error:
        problem = f"{error.filename or 'output'}: {error.strerror}"
    else:
        return
    print(f"{Path(sys.argv[0]).name}: {problem}", file=sys.stderr)
    sys.exit(1)


def _cell(value: Any) -> Any:
    return format(value, ".10g") if isinstance(value, float) else value


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(format(value, ".10g"))
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return value
