"""Reading a CSV file as people make them: unknown encoding and separator, quoted line breaks, ragged rows (P11)."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from charset_normalizer import from_bytes

from crm_kit.errors import InvalidArgument

MOST_BYTES = 50 * 1024 * 1024
MOST_ROWS = 200_000
MOST_COLUMNS = 300
SAMPLE_BYTES = 256 * 1024
DELIMITERS = ",;\t|"
BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


@dataclass(frozen=True, slots=True)
class CsvFile:
    """The file as rows of text. ``lines`` holds the line of each row in the file, the heading being line 1."""

    encoding: str
    delimiter: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    def samples(self, column: int, most: int = 3) -> list[str]:
        """The first values of a column that are not blank."""
        found: list[str] = []
        for row in self.rows[:1000]:
            if row[column].strip():
                found.append(row[column].strip()[:100])
            if len(found) == most:
                break
        return found


def read_csv(content: bytes) -> CsvFile:
    """Rows of an uploaded file; InvalidArgument says what is wrong with it and what to do."""
    if not content.strip():
        raise _refused("EMPTY_FILE", "The file is empty. Choose another.", "文件为空，请选择其他文件。")
    if len(content) > MOST_BYTES:
        raise _refused("FILE_TOO_LARGE", "The file is larger than 50 MB. Split it.", "文件超过 50 MB，请拆分后上传。")
    if content[:4] == b"PK\x03\x04" or (b"\x00" in content[:1024] and not _bom(content)):
        raise _refused(
            "NOT_CSV",
            "This is no CSV file. Save the sheet as CSV (UTF-8).",
            "这不是 CSV 文件，请将表格另存为 CSV（UTF-8）。",
        )
    encoding = detect_encoding(content)
    text = content.decode(encoding, errors="strict" if encoding != "latin-1" else "replace")
    delimiter = detect_delimiter(text[:SAMPLE_BYTES])
    return _parse(text, encoding, delimiter)


def detect_encoding(content: bytes) -> str:
    """BOM, UTF-8, GB18030 for Chinese, else the likeliest of the single-byte ones."""
    marked = _bom(content)
    if marked:
        return marked
    for encoding in ("utf-8", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or _reads_as_chinese(text):
            return encoding
    best = from_bytes(content[:SAMPLE_BYTES]).best()
    guess = best.encoding if best else "latin-1"
    try:
        content.decode(guess)
    except (UnicodeDecodeError, LookupError):
        return "latin-1"
    return guess


def detect_delimiter(sample: str) -> str:
    """The separator that splits the first rows most evenly; a comma when there is one column only."""
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        widths = [len(row) for row in _some(csv.reader(io.StringIO(sample), delimiter=delimiter), 50) if row]
        if not widths or widths[0] < 2:
            continue
        score = sum(width == widths[0] for width in widths) / len(widths) + min(widths[0], 20) / 1000
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _parse(text: str, encoding: str, delimiter: str) -> CsvFile:
    csv.field_size_limit(1024 * 1024)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        headings = tuple(heading.strip() for heading in next(reader))
        _check_headings(headings)
        rows: list[tuple[str, ...]] = []
        lines: list[int] = []
        width = len(headings)
        before = reader.line_num
        for row in reader:
            line, before = before + 1, reader.line_num
            if not any(value.strip() for value in row):
                continue
            rows.append(tuple(row[:width]) + ("",) * (width - len(row)))
            lines.append(line)
            if len(rows) > MOST_ROWS:
                raise _refused(
                    "TOO_MANY_ROWS",
                    f"More than {MOST_ROWS:,} rows. Split the file.",
                    f"超过 {MOST_ROWS:,} 行，请拆分文件。",
                )
    except csv.Error as error:
        raise _refused(
            "NOT_CSV", f"Line {reader.line_num}: {error}.", f"第 {reader.line_num} 行无法读取：{error}。"
        ) from error
    if not rows:
        raise _refused("NO_ROWS", "There is a heading but no row below it.", "只有表头，没有数据行。")
    return CsvFile(encoding.removesuffix("-sig"), delimiter, headings, tuple(rows), tuple(lines))


def _check_headings(headings: Sequence[str]) -> None:
    if len(headings) > MOST_COLUMNS:
        raise _refused("TOO_MANY_COLUMNS", f"At most {MOST_COLUMNS} columns.", f"最多 {MOST_COLUMNS} 列。")
    named = [heading for heading in headings if heading]
    doubles = sorted({heading for heading in named if named.count(heading) > 1})
    if doubles:
        names = ", ".join(doubles[:5])
        raise _refused(
            "DOUBLE_HEADING", f"Two columns are called {names}. Rename one.", f"列名重复：{names}，请修改其一。"
        )


def write_csv(
    headings: Sequence[str], rows: Sequence[Sequence[str]], encoding: str = "utf-8", delimiter: str = ","
) -> tuple[bytes, str]:
    """A file in the format of another, and the encoding it has: UTF-8 where the wanted one lacks a character.

    Nothing in it would be run as a formula by a spreadsheet.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow([harmless(heading) for heading in headings])
    writer.writerows([harmless(value) for value in row] for row in rows)
    try:
        # Spreadsheets take UTF-8 for their own code page unless it is marked.
        return out.getvalue().encode("utf-8-sig" if encoding == "utf-8" else encoding), encoding
    except UnicodeEncodeError:
        return out.getvalue().encode("utf-8-sig"), "utf-8"


def harmless(value: str) -> str:
    """A leading sign that starts a formula is put behind an apostrophe, unless the text is a plain number or phone."""
    if value[:1] in {"=", "+", "-", "@", "\t", "\r", "\x00", "＝", "＋", "－", "＠"}:
        rest = value[1:].replace(" ", "").replace(".", "", 1)
        return value if value[0] in "+-" and rest.isdigit() else "'" + value
    return value


def _bom(content: bytes) -> str:
    return next((encoding for mark, encoding in BOMS if content.startswith(mark)), "")


def _reads_as_chinese(text: str) -> bool:
    """GB18030 decodes almost anything; only common Han characters make it believable."""
    foreign = [letter for letter in text[:20_000] if ord(letter) > 127]
    han = sum(
        "\u4e00" <= letter <= "\u9fff" or "\u3000" <= letter <= "\u303f" or "\uff00" <= letter <= "\uffef"
        for letter in foreign
    )
    return bool(foreign) and han / len(foreign) > 0.8


def _some(reader: Iterable[list[str]], most: int) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in reader:
            rows.append(row)
            if len(rows) == most:
                break
    except csv.Error:
        return rows
    return rows


def _refused(reason: str, en: str, zh: str) -> InvalidArgument:
    return InvalidArgument.of("content", reason, en, zh)
