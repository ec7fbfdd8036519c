"""JSON to a grid of cells: records, columns, rows, pandas' "split" and lines of objects."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from datasets._errors import DataError, counted
from datasets.tables._grid import Column, Grid, check_size, texts
from datasets.tables._layout import find_layout
from datasets.tables._numbers import decimal_sign

MAX_JSON_BYTES = 32 * 2**20
_DEPTH = 8

Record = dict[str, str]


def read_json(content: bytes | str, name: str) -> Grid | None:
    """Reads a table from JSON; None where a text only begins like it ("[m],[s]" may be a header).

    Numbers keep the digits they are written with. Objects in objects become columns "outer.inner".

    Raises:
        DataError: the JSON is broken, too large, or no table.
    """
    start = bytes(content[:64], "utf-8") if isinstance(content, str) else content[:64]
    is_surely = start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"[{", b"[["))
    if len(content) > MAX_JSON_BYTES:
        if not is_surely:
            return None
        raise DataError(f"A JSON table has at most {MAX_JSON_BYTES >> 20} MiB, but {name} has more. Save it as CSV.")
    try:
        text = content if isinstance(content, str) else content.decode("utf-8-sig")
        value, manner = _parsed(text)
    except UnicodeDecodeError:
        if is_surely:
            raise DataError(f"JSON is written in UTF-8, but {name} is not. Export it again.") from None
        return None
    except RecursionError:
        raise DataError(f"A table is rows of cells, but {name} is nested too deeply. Save it as CSV.") from None
    except json.JSONDecodeError as error:
        if is_surely:
            where = f"line {error.lineno}, column {error.colno}: {error.msg}"
            raise DataError(f"JSON follows a grammar, but {name} breaks it at {where}. Export it again.") from None
        return None
    return _grid(value, manner, name)


def _parsed(text: str) -> tuple[Any, str]:
    decoder = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)  # digits as printed
    try:
        return decoder.decode(text), "JSON"
    except json.JSONDecodeError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if not error.msg.startswith("Extra data") or len(lines) < 2 or not lines[1].lstrip().startswith("{"):
            raise
        return [decoder.decode(line) for line in lines], "JSON lines"


def _grid(value: Any, manner: str, name: str) -> Grid:
    notes: list[str] = []
    if isinstance(value, dict) and {"columns", "data"} <= set(value) and isinstance(value["columns"], list):
        value = [value["columns"], *(value["data"] if isinstance(value["data"], list) else [])]
        return _from_rows(value, manner, name, has_header=True)
    if isinstance(value, dict):
        key, inner = next(((key, one) for key, one in value.items() if _is_records(one)), ("", None))
        if inner is not None:
            notes.append(f"Took the rows under '{key}'.")
            value = inner
    if isinstance(value, dict):
        return _from_columns(value, manner, name)
    if _is_records(value):
        return _from_records(value, manner, name, notes)
    if isinstance(value, list) and value and all(isinstance(row, list) for row in value):
        return _from_rows(value, manner, name, has_header=False)
    if isinstance(value, list) and value and not any(isinstance(cell, list | dict) for cell in value):
        return _from_rows([[cell] for cell in value], manner, name, has_header=False)
    advice = 'Write it as a list of records, such as [{"x": 1, "y": 2}, …].'
    found = "is empty" if value in ([], {}) else "is none of these"
    raise DataError(f"A table in JSON is records, rows or columns, but {name} {found}. {advice}")


def _is_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(record, dict) for record in value)


def _from_records(records: Sequence[Mapping[str, Any]], manner: str, name: str, notes: Sequence[str]) -> Grid:
    flat = [dict(_flat(record, f"record {k} of {name}")) for k, record in enumerate(records, start=1)]
    names = list(dict.fromkeys(key for record in flat for key in record))
    check_size(len(flat), len(names), name)
    columns = [(key, "", [record.get(key, "") for record in flat]) for key in names]
    return _made(columns, f"{manner} records", name, notes)


def _flat(record: Mapping[str, Any], place: str, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    for key, value in record.items():
        if isinstance(value, dict) and depth < _DEPTH:
            yield from _flat(value, place, f"{prefix}{key}.", depth + 1)
        else:
            yield f"{prefix}{key}", _cell(value, f"'{prefix}{key}' in {place}")


def _from_columns(columns: Mapping[str, Any], manner: str, name: str) -> Grid:
    """Columns as lists, as {row: value} (pandas' default), or one record of single values."""
    if columns and all(isinstance(column, dict) for column in columns.values()):
        rows = list(dict.fromkeys(key for column in columns.values() for key in column))
        columns = {key: [column.get(row) for row in rows] for key, column in columns.items()}
    if columns and not any(isinstance(column, list | dict) for column in columns.values()):
        columns = {key: [value] for key, value in columns.items()}
    lengths = {key: len(column) for key, column in columns.items() if isinstance(column, list)}
    if len(lengths) < len(columns) or not columns:
        odd = next((key for key in columns if key not in lengths), "")
        found = f"'{odd}' in {name} is no list" if columns else f"{name} is empty"
        raise DataError(
            f"A table in JSON is records, rows or columns, but {found}. Make every column a list of values."
        )
    if len(set(lengths.values())) > 1:
        (one, few), (other, many) = min(lengths.items(), key=_second), max(lengths.items(), key=_second)
        found = f"'{one}' in {name} has {few} and '{other}' has {many}"
        raise DataError(f"Columns are equally long, but {found}. Make them match.")
    count = next(iter(lengths.values()))
    check_size(count, len(columns), name)
    cells = [(key, "", [_cell(one, f"'{key}' in {name}") for one in column]) for key, column in columns.items()]
    return _made(cells, f"{manner} columns", name, ())


def _second(pair: tuple[str, int]) -> int:
    return pair[1]


def _from_rows(rows: Sequence[Any], manner: str, name: str, has_header: bool) -> Grid:
    if not all(isinstance(row, list) for row in rows):
        raise DataError(f"A row in JSON is a list of cells, but {name} has something else. Write every row as a list.")
    width = len(rows[0])
    odd = next((k for k, row in enumerate(rows, start=1) if len(row) != width), None)
    if odd is not None:
        found = f"row {odd} of {name} has {counted(len(rows[odd - 1]), 'cell')} and the first has {width}"
        raise DataError(f"Rows are equally long, but {found}. Mend this row.")
    check_size(len(rows), width, name)
    cells = [[_cell(cell, f"row {k} of {name}") for cell in row] for k, row in enumerate(rows, start=1)]
    layout = find_layout(cells[:100], width) if not has_header and width else None
    begin = 1 if has_header else layout.first if layout else 0
    header = cells[0] if has_header else (layout.header if layout else None) or [""] * width
    units = (layout.units if layout else ()) or ("",) * width
    body = list(zip(*cells[begin:], strict=True)) or [()] * width
    return _made(list(zip(header, units, body, strict=True)), f"{manner} rows", name, ())


def _cell(value: Any, place: str) -> str:
    """A JSON value as text; numbers arrive as text already."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        kind = "a list" if isinstance(value, list) else "an object"
        raise DataError(f"A cell is a number or a text, but {place} is {kind}. Give it columns of its own.")
    return str(value).strip()


def _made(columns: Sequence[tuple[str, str, Sequence[str]]], manner: str, name: str, notes: Sequence[str]) -> Grid:
    """A grid of (heading, unit, cells)."""
    rows = len(columns[0][2]) if columns else 0
    if not rows:
        raise DataError(f"A table has rows, but {name} is empty. Choose a file with data.")
    decimal = decimal_sign(cell for _, _, cells in columns for cell in cells[:100])
    made = tuple(Column(_encodable([key])[0], texts(_encodable(cells)), unit or None) for key, unit, cells in columns)
    return Grid(made, np.arange(1, rows + 1), manner, decimal, notes=tuple(notes))


def _encodable(cells: Sequence[str]) -> list[str]:
    """Replaces halves of surrogate pairs, which JSON can spell and no encoding can hold."""
    return [cell if cell.isascii() else cell.encode("utf-8", "replace").decode() for cell in cells]
