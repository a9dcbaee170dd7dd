"""Reading uploaded tables row by row, without ever holding a whole one in memory."""

import csv
import io
import zipfile
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime, time
from typing import IO, Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from openpyxl.reader.excel import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from catalog.bulk.columns import MAX_CELL_LENGTH
from catalog.bulk.constants import (
    MAX_COLUMNS,
    MAX_SHARED_TEXT_BYTES,
    MAX_UNPACKED_BYTES,
    MAX_ZIP_ENTRIES,
    MAX_ZIP_RATIO,
    FileFormat,
)
from catalog.bulk.errors import BrokenFile

# A row's number in the file, counted from 1 with the header, and its cells.
Row = tuple[int, list[str]]

_ZIP = b"PK\x03\x04"
_DELIMITERS = (",", ";", "\t")
_MAX_HEADER_CHARACTERS = 64 * 1024
# Each of them may be a cell of its own.
_MAX_ROW_CHARACTERS = 1024 * 1024
# Rows of a sheet, those without any cell too: Excel has no more.
_MAX_SHEET_ROWS = 1_048_576
_BROKEN_WORKBOOK = (
    zipfile.BadZipFile,
    InvalidFileException,
    DefusedXmlException,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    OverflowError,
    EOFError,
    NotImplementedError,
)


def detect_format(file: IO[bytes]) -> FileFormat:
    """Tell a workbook from a text, by its content, and refuse what could fill the memory.

    Raises: BrokenFile.
    """
    file.seek(0)
    start = file.read(8)
    file.seek(0)
    if not start:
        raise BrokenFile("The file is empty.")
    if not start.startswith(_ZIP):
        if b"\x00" in start or start.startswith(b"\xd0\xcf\x11\xe0"):
            raise BrokenFile("Upload a CSV file in UTF-8, or an .xlsx workbook.")
        return FileFormat.CSV
    _check_zip(file)
    file.seek(0)
    return FileFormat.XLSX


def _check_zip(file: IO[bytes]) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except _BROKEN_WORKBOOK as error:
        raise BrokenFile("The workbook is damaged.") from error
    names = {entry.filename for entry in entries}
    if "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
        raise BrokenFile("Upload a CSV file in UTF-8, or an .xlsx workbook.")
    # What an entry says of its size is what `zipfile` reads of it at most.
    unpacked = sum(entry.file_size for entry in entries)
    # Only one sheet is streamed; every other part is read whole.
    held = sum(
        entry.file_size for entry in entries if not entry.filename.startswith("xl/worksheets/")
    )
    is_bomb = (
        len(entries) > MAX_ZIP_ENTRIES
        or unpacked > MAX_UNPACKED_BYTES
        or held > MAX_SHARED_TEXT_BYTES
        or any(
            entry.file_size > MAX_ZIP_RATIO * max(entry.compress_size, 1)
            and entry.file_size > 2**20
            for entry in entries
        )
        or any(entry.flag_bits & 1 for entry in entries)
    )
    if is_bomb:
        raise BrokenFile("The workbook unpacks to too much. Save it as CSV instead.")


@contextmanager
def open_rows(file: IO[bytes], file_format: str) -> Iterator[Iterator[Row]]:
    """Yield the rows of a file, the header first, empty ones left out.

    Raises: BrokenFile, also while the rows are read.
    """
    file.seek(0)
    if file_format == FileFormat.CSV:
        with closing(_csv_rows(file)) as rows:
            yield rows
        return
    _check_zip(file)
    file.seek(0)
    try:
        workbook = load_workbook(file, read_only=True, data_only=False, keep_links=False)
    except _BROKEN_WORKBOOK as error:
        raise BrokenFile("The workbook is damaged.") from error
    with closing(workbook), closing(_xlsx_rows(workbook)) as rows:
        yield rows


class _Lines:
    """Lines of a text, as long as those of one row have no more characters than a row may have."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.left = _MAX_ROW_CHARACTERS

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(self.left + 1):
            self.left -= len(line)
            if self.left < 0:
                raise BrokenFile("A row is too long.")
            yield line


def _csv_rows(file: IO[bytes]) -> Generator[Row, None, None]:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        start = text.readline(_MAX_HEADER_CHARACTERS)
        if len(start) >= _MAX_HEADER_CHARACTERS:
            raise BrokenFile("The first row is too long.")
        delimiter = max(_DELIMITERS, key=start.count)
        text.seek(0)
        lines = _Lines(text)
        for number, cells in enumerate(csv.reader(lines, delimiter=delimiter), 1):
            lines.left = _MAX_ROW_CHARACTERS
            if any(cell.strip() for cell in cells):
                yield number, cells
    except UnicodeDecodeError as error:
        raise BrokenFile("The file is not in UTF-8: save it as “CSV UTF-8”.") from error
    except csv.Error as error:
        raise BrokenFile(f"The file is not a readable CSV: {error}.") from error
    finally:
        text.detach()


def _xlsx_rows(workbook: Any) -> Generator[Row, None, None]:
    try:
        sheet = workbook.worksheets[0]
        rows = sheet.iter_rows(max_col=MAX_COLUMNS + 1, max_row=_MAX_SHEET_ROWS, values_only=True)
        for number, values in enumerate(rows, 1):
            if number > _MAX_SHEET_ROWS:
                raise BrokenFile("The sheet is too long.")
            if values.count(None) == len(values):  # a million of them are one stray cell away
                continue
            if any(value is not None and value != "" for value in values):
                cells = [_text(value) for value in values]
                while cells and not cells[-1]:
                    cells.pop()
                yield number, cells
    except _BROKEN_WORKBOOK as error:
        raise BrokenFile("The workbook is damaged.") from error


def _text(value: Any) -> str:
    """Write a cell as it would stand in a CSV file; a formula is the text of it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 10**15 else repr(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if not isinstance(value, str | int):
        return str(getattr(value, "text", "") or "")
    return str(value)[: MAX_CELL_LENGTH + 1]
