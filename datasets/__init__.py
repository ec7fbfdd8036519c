"""Data for KANvas: typed formulas, sampled points, tables, and the catalogue of laws."""

from datasets._catalog import CatalogueEntry as CatalogueEntry
from datasets._catalog import catalogue as catalogue
from datasets._dataset import Dataset as Dataset
from datasets._dataset import Split as Split
from datasets._errors import DataError as DataError
from datasets._errors import FormulaError as FormulaError
from datasets._formula import parse_formula as parse_formula
from datasets._sample import sample as sample
from datasets._table import ColumnReport as ColumnReport
from datasets._table import Table as Table
from datasets._table import read_table as read_table

__all__ = [
    "CatalogueEntry",
    "ColumnReport",
    "DataError",
    "Dataset",
    "FormulaError",
    "Split",
    "Table",
    "catalogue",
    "parse_formula",
    "read_table",
    "sample",
]
