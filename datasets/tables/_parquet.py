"""Parquet to a grid of columns, by Arrow."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from datasets._errors import DataError
from datasets.tables._grid import Column, Grid, Texts, check_size, check_unpacked, texts
from datasets.tables._numpy import from_numbers


def read_parquet(content: bytes, name: str) -> Grid:
    """Reads the flat columns of numbers, texts and dates; what is nested is left out and said.

    Raises:
        DataError: the file is broken, too large, or has no such column.
    """
    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        metadata = file.metadata
        check_size(metadata.num_rows, metadata.num_columns, name)
        groups = [metadata.row_group(k) for k in range(metadata.num_row_groups)]
        check_unpacked(max(sum(group.total_byte_size for group in groups), 0), name)
        schema = file.schema_arrow
        flat = [field.name for field in schema if _is_flat(field.type) and schema.names.count(field.name) == 1]
        # Texts as a dictionary: a short file may repeat a long text a million times.
        words = [field.name for field in schema if field.name in flat and _is_word(field.type)]
        table = pq.ParquetFile(pa.BufferReader(content), read_dictionary=words).read(columns=flat)
        table.validate(full=True)  # else a damaged index would point outside of memory
        columns = tuple(_column(key, table.column(key).combine_chunks()) for key in flat)
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"A Parquet file is complete, but {name} is broken. Save or download it again.") from None
    if not flat or not table.num_rows:
        raise DataError(f"A table has rows and columns of numbers, but {name} has none. Choose a file with data.")
    check_size(table.num_rows, len(flat), name)
    left_out = [field for field in schema if field.name not in flat]
    notes = tuple(f"Left out: column '{field.name}' holds {field.type}." for field in left_out)
    return Grid(columns, np.arange(1, table.num_rows + 1), "Parquet", notes=notes)


def _is_word(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _is_flat(kind: pa.DataType) -> bool:
    is_kind = (
        pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean, pa.types.is_null,
        pa.types.is_temporal, _is_word,
    )  # fmt: skip
    if pa.types.is_dictionary(kind):
        return bool(_is_word(kind.value_type))
    return any(test(kind) for test in is_kind)


def _column(key: str, cells: Texts) -> Column:
    kind = cells.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        if not cells.null_count:
            return from_numbers(key, cells.to_numpy(zero_copy_only=False))
        present = from_numbers(key, cells.drop_null().to_numpy(zero_copy_only=False))
        return Column(key, cells.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), digits=present.digits)
    if pa.types.is_dictionary(kind):
        distinct = [word.strip() for word in cells.dictionary.cast(pa.large_string()).to_pylist()]
        trimmed = texts(distinct)
        return Column(key, pc.fill_null(trimmed.take(cells.indices), ""))
    words = pc.utf8_trim_whitespace(cells.cast(pa.large_string()))
    if pa.types.is_temporal(kind):
        words = pc.replace_substring_regex(words, r"\.0+(Z?)$", r"\1")  # no more of the second than there is
    return Column(key, pc.fill_null(words, ""))
