"""Data for KANvas: typed formulas, sampled points, tables, and the catalogue of laws.

Three rooms, formulas, units and tables, hold what reads each; what stands here puts them together: a `Dataset`, drawn
from a formula, taken from a table, or opened from the catalogue.
"""

from datasets._catalog import CatalogueEntry as CatalogueEntry
from datasets._catalog import catalogue as catalogue
from datasets._catalog import catalogue_entry as catalogue_entry
from datasets._dataset import Dataset as Dataset
from datasets._dataset import Split as Split
from datasets._errors import DataError as DataError
from datasets._errors import FormulaError as FormulaError
from datasets._noise import Noise as Noise
from datasets._ranges import Range as Range
from datasets._sample import compiled as compiled
from datasets._sample import sample as sample
from datasets._split import split_rows as split_rows
from datasets.formulas._formula import parse_formula as parse_formula
from datasets.tables._excel import sheet_names as sheet_names
from datasets.tables._repairs import REPAIRS as REPAIRS
from datasets.tables._repairs import Repair as Repair
from datasets.tables._table import ColumnReport as ColumnReport
from datasets.tables._table import Table as Table
from datasets.tables._table import read_table as read_table
from datasets.units._dimensions import consistent as consistent
from datasets.units._dimensions import unit_fault as unit_fault
from datasets.units._dimensions import unit_of as unit_of
from datasets.units._units import Unit as Unit
from datasets.units._units import conversion as conversion
from datasets.units._units import read_unit as read_unit
from datasets.units._units import unit_text as unit_text

__all__ = [
    "REPAIRS",
    "CatalogueEntry",
    "ColumnReport",
    "DataError",
    "Dataset",
    "FormulaError",
    "Noise",
    "Range",
    "Repair",
    "Split",
    "Table",
    "Unit",
    "catalogue",
    "catalogue_entry",
    "compiled",
    "consistent",
    "conversion",
    "parse_formula",
    "read_table",
    "read_unit",
    "sample",
    "sheet_names",
    "split_rows",
    "unit_fault",
    "unit_of",
    "unit_text",
]
