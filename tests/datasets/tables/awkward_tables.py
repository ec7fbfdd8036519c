"""Awkward tables, made on the spot: what the world's programs, portals and people hand in."""

import datetime
import io
import json
import zipfile

import numpy as np
import openpyxl
import pandas as pd


def workbook(rows, title="Sheet1", merged=(), extra=()):
    """An Excel workbook of these rows; `extra` are (title, rows) of sheets before it."""
    book = openpyxl.Workbook()
    for name, cells in (*extra, (title, rows)):
        sheet = book.create_sheet(name)
        for row in cells:
            sheet.append(row)
    for cells in merged:
        sheet.merge_cells(cells)
    del book["Sheet"]
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def npz(**arrays):
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def npy(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def parquet(**columns):
    stream = io.BytesIO()
    pd.DataFrame(columns).to_parquet(stream)
    return stream.getvalue()


def savetxt(array, **options):
    stream = io.BytesIO()
    np.savetxt(stream, array, **options)
    return stream.getvalue()


def zip_bomb(name, declared):
    """An archive whose only member says that it unpacks to `declared` bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(name, "w", force_zip64=True) as member:
            for _ in range(declared >> 20):
                member.write(bytes(2**20))
        if name.startswith("xl/"):
            archive.writestr("[Content_Types].xml", "<Types/>")
            archive.writestr("xl/workbook.xml", "<workbook/>")
    return stream.getvalue()


def promising_npy(shape):
    """A .npy of 128 bytes whose header promises an array of this shape."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "<f8", "fortran_order": False, "shape": shape})
    return stream.getvalue()


def with_entities(rows):
    """A workbook whose sheet declares entities that unfold ("billion laughs")."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(rows))) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.startswith("xl/worksheets"):
                head, rest = content.split(b"<worksheet", 1)
                content = head + b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><worksheet' + rest
            new.writestr(name, content)
    return stream.getvalue()


GAP = float("nan")
INF = float("inf")
DAY = datetime.date
LONG = "a very long name that somebody pasted from the caption of a figure " * 8
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
HTML = b"\n<!DOCTYPE html>\n<html><head><title>Log in</title></head><body>1,2</body></html>"
BEYOND = "A table has at most 2000000 rows of 1000 cells, but the table has"

# Each row: a name, the file, and what it gets: the columns as they are read (numbers, or texts where some cell is no
# number), or the sentence that says what to do.
AWKWARD = [
    # --- how numbers are written
    ("European CSV", "Größe;Kraft\n1,5;2\n3,25;4".encode(), {"Größe": [1.5, 3.25], "Kraft": [2, 4]}),
    ("European thousands", b"a;b\n1.234,5;2\n12.000,25;4", {"a": [1234.5, 12000.25], "b": [2, 4]}),
    ("only three decimals, by semicolons", b"a;b\n1,234;2\n3,250;4", {"a": [1.234, 3.25], "b": [2, 4]}),
    ("quoted decimal commas between commas", b'a,b\n"1,5","2"\n"3,25","4"', {"a": [1.5, 3.25], "b": [2, 4]}),
    ("thousands in quotes", b'a,b\n"1,234.5",2\n"12,000",4', {"a": [1234.5, 12000], "b": [2, 4]}),
    ("thousands by spaces", "a;b\n1 234,5;2\n12\u00a0000;4".encode(), {"a": [1234.5, 12000], "b": [2, 4]}),
    ("thousands by apostrophes", b"a\tb\n1'234.5\t2\n12'000\t4", {"a": [1234.5, 12000], "b": [2, 4]}),
    ("Fortran exponents", b" 1.0D+00  2.5d-1\n 2.0D+00  3.5D-1\n", {"column_1": [1, 2], "column_2": [0.25, 0.35]}),
    ("typographic minus", "a,b\n−1.5,2\n−2.5,3".encode(), {"a": [-1.5, -2.5], "b": [2, 3]}),
    ("infinite values", b"a,b\ninf,2\n-Infinity,3\n1,4", {"a": [INF, -INF, 1], "b": [2, 3, 4]}),
    ("gaps of every kind", b"a,b\n1,NaN\n2,NA\n3,-\n4,\n5,n/a\n6,NULL\n7,#DIV/0!\n8,1.5",
     {"a": [1, 2, 3, 4, 5, 6, 7, 8], "b": [GAP] * 7 + [1.5]}),
    ("percent signs", b"a,b\n1,5 %\n2,12.5%", {"a": [1, 2], "b": ["5 %", "12.5%"]}),
    ("negative in brackets", b"a,b\n1,(5.5)\n2,(12)", {"a": [1, 2], "b": ["(5.5)", "(12)"]}),
    ("a unit in every cell", b"a;b\n1;12,5 kg\n2;13 kg", {"a": [1, 2], "b": ["12,5 kg", "13 kg"]}),
    ("bounds", b"a,b\n1,<0.1\n2,0.25", {"a": [1, 2], "b": ["<0.1", "0.25"]}),
    ("values with errors", "a,b\n1,1.23 ± 0.05\n2,2.46(5)".encode(), {"a": [1, 2], "b": ["1.23 ± 0.05", "2.46(5)"]}),
    ("digits of other scripts, hex, underscores", "a,b\n٣,0x10\n1_000,2".encode(),
     {"a": ["٣", "1_000"], "b": ["0x10", "2"]}),
    ("mixed dates", b"a,b\n1,2024-01-31\n2,31.01.2024", {"a": [1, 2], "b": ["2024-01-31", "31.01.2024"]}),
    ("yes and no", b"a,b\n1,yes\n2,No", {"a": [1, 2], "b": ["yes", "No"]}),
    ("truncated mid-number, huge and tiny", b"a,b\n1e400,1e-400\n2.,.5", {"a": [INF, 2], "b": [0, 0.5]}),
    # --- how texts are encoded and cut
    ("UTF-16 TSV of Excel", "µ\tb\r\n1.5\t2\r\n3\t4\r\n".encode("utf-16"), {"µ": [1.5, 3], "b": [2, 4]}),
    ("UTF-16 without a mark", "a\tb\n1.5\t2\n3\t4".encode("utf-16-le"), {"a": [1.5, 3], "b": [2, 4]}),
    ("Latin-1", "Länge;b\n1,5;2\n3;4".encode("latin-1"), {"Länge": [1.5, 3], "b": [2, 4]}),
    ("CR line ends", b"a,b\r1,2\r3,4\r", {"a": [1, 3], "b": [2, 4]}),
    ("fixed widths", b"   a      b\n 1.5    2.0\n13.5  -4.0\n", {"a": [1.5, 13.5], "b": [2, -4]}),
    ("quoted newlines and commas", b'"mass,\nkg",b\n1,"x\ny"\n2,"z, w"', {"mass, kg": [1, 2], "b": ["x\ny", "z, w"]}),
    ("trailing delimiter in the data", b"a,b\n1,2,\n3,4,\n", {"a": [1, 3], "b": [2, 4]}),
    ("trailing delimiter everywhere", b"a,b,\n1,2,\n3,4,\n", {"a": [1, 3], "b": [2, 4]}),
    ("blank lines and rows of commas", b"\n\na,b\n\n1,2\n,\n3,4\n,\n\n", {"a": [1, 3], "b": [2, 4]}),
    ("comments on top and between", b"# by hand\na,b\n1,2\n# coffee\n3,4", {"a": [1, 3], "b": [2, 4]}),
    ("a commented-out row", b"a,b\n1,2\n#9,9\n3,4", {"a": [1, 3], "b": [2, 4]}),
    ("sep= of Excel", b"sep=;\na;b\n1,5;2\n3;4", {"a": [1.5, 3], "b": [2, 4]}),
    ("bars with margins", b"| a | b |\n| 1.5 | 2 |\n| 3 | 4 |", {"a": [1.5, 3], "b": [2, 4]}),
    ("a table in Markdown", b"| a | b |\n|---|:--:|\n| 1.5 | 2 |\n| 3 | 4 |", {"a": [1.5, 3], "b": [2, 4]}),
    ("a byte order mark", b"\xef\xbb\xbfa,b\n1,2\n3,4", {"a": [1, 3], "b": [2, 4]}),
    ("half-quoted cells", b'a,b\n1,5" pipe\n2,6" pipe', {"a": [1, 2], "b": ['5" pipe', '6" pipe']}),
    # --- where the header is
    ("no header", b"1,2\n3,4\n5,6", {"column_1": [1, 3, 5], "column_2": [2, 4, 6]}),
    ("savetxt with a header", savetxt(np.array([[1.5, 2], [3, 4]]), header="x y"), {"x": [1.5, 3], "y": [2, 4]}),
    ("savetxt between commas", savetxt(np.array([[1.5, 2], [3, 4]]), header="by me\nx,y", delimiter=","),
     {"x": [1.5, 3], "y": [2, 4]}),
    ("gnuplot with units in comments", b"# x y\n# m s\n1.5 2\n3 4", {"x": [1.5, 3], "y": [2, 4]}),
    ("years as names", b"x,2019,2020\n1,2,3\n4,5,6", {"x": [1, 4], "2019": [2, 5], "2020": [3, 6]}),
    ("a gap among names of words", b"name,,class\nMars,x,rock\nTitan,y,ice",
     {"name": ["Mars", "Titan"], "column_2": ["x", "y"], "class": ["rock", "ice"]}),
    ("names without numbers below", b"planet,class\nMars,rock\nSaturn,gas",
     {"planet": ["Mars", "Saturn"], "class": ["rock", "gas"]}),
    ("R's row names", b'"a" "b"\n"1" 1.5 2\n"2" 3 4', {"column_1": [1, 2], "a": [1.5, 3], "b": [2, 4]}),
    ("pandas' index", b",a\n0,1.5\n1,3", {"column_1": [0, 1], "a": [1.5, 3]}),
    ("a units row", b"mass,time\nkg,s\n1.5,2\n3,4", {"mass": [1.5, 3], "time": [2, 4]}),
    ("units in the header", b"mass (kg) time (s)\n1.5 2\n3 4", {"mass": [1.5, 3], "time": [2, 4]}),
    ("title lines above", b"Run 7\nby hand, in May\n\na,b,c\n1,2,3\n3,4,5", {"a": [1, 3], "b": [2, 4], "c": [3, 5]}),
    ("doubled names", b"a,a,,a\n1,2,3,4\n5,6,7,8", {"a": [1, 5], "a_2": [2, 6], "column_3": [3, 7], "a_3": [4, 8]}),
    ("names that would be code", b"<b>x</b>,=1+1,__import__('os')\n1,2,3\n4,5,6",
     {"<b>x</b>": [1, 4], "=1+1": [2, 5], "__import__('os')": [3, 6]}),
    ("a name of 500 characters, and marks", f"{LONG},a\u202eb\u200b\n1,2\n3,4".encode(),
     {LONG[:59].rstrip() + "…": [1, 3], "ab": [2, 4]}),
    ("control characters in a name", b"a\x07,b\n1,2\n3,4",
     "A table is text, but the table is binary or in an unknown encoding. Save it as CSV in UTF-8."),
    ("formula injection", b"a,b\n1,=cmd|' /C calc'!A0\n2,@SUM(1)",
     {"a": [1, 2], "b": ["=cmd|' /C calc'!A0", "@SUM(1)"]}),
    # --- shapes
    ("one column", b"a\n1.5\n2", {"a": [1.5, 2]}),
    ("one column, decimal commas", b"a\n1,5\n2,25", {"a": [1.5, 2.25]}),
    ("one row", b"a,b\n1,2", {"a": [1], "b": [2]}),
    ("10000 columns", b",".join([b"a"] * 10**4) + b"\n" + b",".join([b"1"] * 10**4),
     f"{BEYOND} 2 rows of 10000. Thin it out."),
    ("constant and empty columns", b"a,b,c,d\n1,7,,x\n2,7,,x",
     {"a": [1, 2], "b": [7, 7], "c": [GAP, GAP], "d": ["x", "x"]}),
    ("only a header", b"a,b\n", "A table has rows below its header, but the table has only a header. Add the data."),
    ("a row too short", b"a,b\n1,2\n\n3\n4,5",
     "Line 4 has 1 field, but 2 are expected, as in line 1. Mend this line of the table."),
    ("a row too long", b"a,b\n1,2\n3,4,5\n4,5",
     "Line 3 has 3 fields, but 2 are expected, as in line 1. Mend this line of the table."),
    ("a header too short", b"a,b\n1,2,3\n3,4,5",
     "Line 1 has 2 fields, but 3 are expected, as in line 2. Mend this line of the table."),
    ("a quote never closed", b'a,b\n1,"2\n3,4\n',
     "Quotes come in pairs, but the one opened in line 2 of the table is never closed. Close or remove it."),
    # --- no tables
    ("empty file", b"", "A table has rows, but the table is empty. Choose a file with data."),
    ("only comments", b"# a\n# b\n", "A table has rows, but the table is empty. Choose a file with data."),
    ("binary junk", bytes(range(256)) * 4,
     "A table is text, but the table is binary or in an unknown encoding. Save it as CSV in UTF-8."),
    ("NUL bytes", b"a,b\n1,\x00\x002\n",
     "A table is text, but the table has NUL bytes, first in line 2. Remove them or save it anew."),
    ("a picture called .csv", PNG,
     "A table is text or a workbook, but the table looks like a picture. Choose the file with the numbers."),
    ("a login page saved as .csv", HTML, "A table is text or a workbook, but the table is a web page. "
     "Perhaps it is the page of a login or an error: download the file again."),
    ("a pickle", b"\x80\x04\x95\x0b\x00", "A table is text or a workbook, but the table looks like a Python pickle. "
     "A pickle can run code and is never opened: save the table as CSV or .npz."),
    ("an old workbook", b"\xd0\xcf\x11\xe0" + bytes(50), "A table is text or a workbook, but the table looks like "
     "an old Excel workbook (.xls) or one with a password. Save it as .xlsx without one, or as CSV."),
    # --- workbooks
    ("xlsx", workbook([["a", "b"], [1.5, 2], [3, 4]]), {"a": [1.5, 3], "b": [2, 4]}),
    ("xlsx with titles and a margin",
     workbook([["Run 7"], [], [None, "mass", "time"], [None, "kg", "s"], [None, 1.5, 2], [None, 3, 4]]),
     {"mass": [1.5, 3], "time": [2, 4]}),
    ("xlsx with merged group names",
     workbook([["group", None, "other", None], ["a", "b", "c", "d"], [1, 2, 3, 4], [5, 6, 7, 8]],
     merged=["A1:B1", "C1:D1"]), {"a": [1, 5], "b": [2, 6], "c": [3, 7], "d": [4, 8]}),
    ("xlsx with merged cells", workbook([["a", "b"], [1, 2], [None, 4], [5, 6]], merged=["A2:A3"]),
     {"a": [1, GAP, 5], "b": [2, 4, 6]}),
    ("xlsx behind an empty sheet", workbook([["a", "b"], [1, 2], [3, 4]], extra=[("cover", [])]),
     {"a": [1, 3], "b": [2, 4]}),
    ("xlsx with dates and errors", workbook([["t", "b"], [DAY(2024, 1, 31), "#N/A"], [DAY(2024, 2, 1), 4]]),
     {"t": ["2024-01-31", "2024-02-01"], "b": [GAP, 4]}),
    ("xlsx of formulas never computed", workbook([["=A2", "=B2"], ["=1+1", "=2+2"]]), "Formulas are read as the values "
     "saved with them, but the table has none saved. Open it in Excel, save it, and read it again."),
    ("empty xlsx", workbook([]), "A table has rows, but the table is empty. Choose a file with data."),
    ("xlsx cut off", workbook([["a", "b"], [1, 2]])[:-40],
     "A workbook is a complete file, but the table is broken. Download or save it again."),
    ("xlsx with entities", with_entities([["a", "b"], [1, 2]]),
     "A workbook holds plain cells, but the table declares entities. Save it as CSV."),
    # --- arrays, Parquet, JSON
    ("NPZ", npz(x=np.array([1.5, 3]), y=np.array([2, 4])), {"x": [1.5, 3], "y": [2, 4]}),
    ("NPZ with a matrix", npz(X=np.array([[1.5, 2], [3, 4]]), y=np.array([5, 6.0])),
     {"X_1": [1.5, 3], "X_2": [2, 4], "y": [5, 6]}),
    ("NPZ with objects", npz(x=np.array([{"a": 1}, None], dtype=object)), "An array holds numbers or texts, but 'x' in "
     "the table holds Python objects, which could run code. Save numbers, for instance with astype(float)."),
    ("NPZ of unequal lengths", npz(x=np.arange(3.0), y=np.arange(2.0)),
     "Columns are equally long, but 'y' in the table has 2 and 'x' has 3. Save those that belong together."),
    ("NPY", npy(np.array([[1.5, 2], [3, 4]])), {"column_1": [1.5, 3], "column_2": [2, 4]}),
    ("NPY of complex numbers", npy(np.array([1j, 2])),
     "A column holds real numbers or texts, but the table holds complex128. Save its parts as numbers."),
    ("NPY that promises a terabyte", promising_npy((10**9, 128)),
     "An array is complete, but the table ends before its last value. Save it again."),
    ("Parquet", parquet(a=[1.5, None, 3], b=["x", "y", "z"], t=pd.to_datetime(["2024-01-31"] * 3)),
     {"a": [1.5, GAP, 3], "b": ["x", "y", "z"], "t": ["2024-01-31 00:00:00"] * 3}),
    ("Parquet cut off", parquet(a=[1.5, 3])[:-30],
     "A Parquet file is complete, but the table is broken. Save or download it again."),
    ("JSON records", b'[{"a": 1.50, "b": 2}, {"a": NaN, "b": 4}, {"b": null}]',
     {"a": [1.5, GAP, GAP], "b": [2, 4, GAP]}),
    ("JSON columns", b'{"a": [1.5, 3], "b": [2, 4]}', {"a": [1.5, 3], "b": [2, 4]}),
    ("JSON of pandas", b'{"a": {"0": 1.5, "1": 3}, "b": {"0": 2, "1": 4}}', {"a": [1.5, 3], "b": [2, 4]}),
    ("JSON split", b'{"columns": ["a", "b"], "index": [0, 1], "data": [[1.5, 2], [3, 4]]}',
     {"a": [1.5, 3], "b": [2, 4]}),
    ("JSON in an envelope", b'{"status": "ok", "data": [{"a": 1, "b": {"c": 2}}, {"a": 3, "b": {"c": 4}}]}',
     {"a": [1, 3], "b.c": [2, 4]}),
    ("JSON lines", b'{"a": 1, "b": 2}\n{"a": 3, "b": 4}\n', {"a": [1, 3], "b": [2, 4]}),
    ("JSON rows", b'[["a", "b"], [1, 2], [3, 4]]', {"a": [1, 3], "b": [2, 4]}),
    ("JSON nested", b'[{"a": 1, "b": [1, 2]}]',
     "A cell is a number or a text, but 'b' in record 1 of the table is a list. Give it columns of its own."),
    ("JSON ten thousand deep", b"[" * 10**4 + b"]" * 10**4,
     "A table is rows of cells, but the table is nested too deeply. Save it as CSV."),
    ("JSON broken", b'[{"a": 1},\n {"a": }]',
     "JSON follows a grammar, but the table breaks it at line 2, column 8: Expecting value. Export it again."),
    ("JSON in Latin-1", '[{"ä": 1}]'.encode("latin-1"),
     "JSON is written in UTF-8, but the table is not. Export it again."),
    ("JSON empty", json.dumps({}).encode(), 'A table in JSON is records, rows or columns, but the table is empty. '
     "Make every column a list of values."),
]  # fmt: skip
