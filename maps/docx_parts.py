"""The parts a Word document is made of: captions, tables, fields, headers, marked passages.

python-docx writes the package; what it has no call for (fields, repeated header rows, table
descriptions, contents) is written here as WordprocessingML.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Mm, Pt

from layers.lineage import Figure
from maps import docx_styles
from maps.passages import Passage, Quote, clean, typeset

__all__ = ["Cell", "Report"]

Cell = str | Figure | Quote | Passage
TEXT_WIDTH_MM = 166.0
TEXT_HEIGHT_MM = 190.0
WIDE_MM = 253.0


@dataclass
class Report:
    """A document being written, with its numbered captions, headings and quoted figures.

    Attributes
    ----------
    headings
        Level, text and bookmark of each heading, for the contents list.
    quoted, tabled
        Figures quoted in running text and in tables, in order of first use, by id.
    """

    document: Any = field(default_factory=Document)
    headings: list[tuple[int, str, str]] = field(default_factory=list)
    quoted: dict[str, Figure] = field(default_factory=dict)
    tabled: dict[str, Figure] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=lambda: {"Figure": 0, "Table": 0})
    _contents: Any = None

    def __post_init__(self) -> None:
        docx_styles.apply(self.document)

    @property
    def wide(self) -> bool:
        """Whether the section being written lies on its side."""
        return bool(self.document.sections[-1].orientation == WD_ORIENT.LANDSCAPE)

    def heading(self, text: str, level: int = 1, *, new_page: bool = True) -> None:
        """Add a heading, the first level on a new page unless told, and list it in the contents."""
        mark = f"_Toc{len(self.headings) + 1:06d}"
        paragraph = self.document.add_paragraph(clean(text), style=f"Heading {level}")
        if level == 1 and not new_page:
            paragraph.paragraph_format.page_break_before = False
            paragraph.paragraph_format.space_before = Pt(24)
        number = len(self.headings) + 1
        start = f'<w:bookmarkStart {nsdecls("w")} w:id="{number}" w:name="{mark}"/>'
        paragraph._p.insert(1, parse_xml(start))  # noqa: SLF001 - python-docx has no bookmarks
        paragraph._p.append(parse_xml(f'<w:bookmarkEnd {nsdecls("w")} w:id="{number}"/>'))  # noqa: SLF001
        self.headings.append((level, clean(text), mark))

    def text(self, passage: Passage | str, style: str = "Body Text") -> None:
        """Add a paragraph; a passage made from figures is marked, and so is a gap in evidence."""
        if isinstance(passage, Passage) and not passage.parts:
            return
        if isinstance(passage, Passage) and style == "Body Text":
            style = "Evidence gap" if passage.gap else "Generated"
        paragraph = self.document.add_paragraph(style=style)
        self._runs(paragraph, passage)

    def bullets(self, passages: Sequence[Passage | str]) -> None:
        """Add a list."""
        for passage in passages:
            self._runs(self.document.add_paragraph(style="List Bullet"), passage)

    def gap(self, what: str) -> None:
        """Add a marked gap for an officer to fill."""
        self.text(Passage((f"[Officer to complete: {what}]",), gap=True))

    def _runs(self, paragraph: Any, passage: Passage | str) -> None:
        if isinstance(passage, str):
            paragraph.add_run(clean(passage))
            return
        for part in passage.parts:
            if isinstance(part, Quote):
                paragraph.add_run(clean(part.unbroken))
                _add_id(paragraph, part.figure.fig_id)
                self.quoted.setdefault(part.figure.fig_id, part.figure)
            else:
                paragraph.add_run(clean(part, edges=False))

    def caption(self, kind: str, text: str, *, above: bool) -> str:
        """Add a numbered caption (`Figure` or `Table`) and return its label, such as `Table 3`."""
        self.counts[kind] += 1
        paragraph = self.document.add_paragraph(style="Caption")
        paragraph.paragraph_format.keep_with_next = above
        paragraph.add_run(f"{kind} ")
        add_field(paragraph, f" SEQ {kind} \\* ARABIC ", str(self.counts[kind]))
        paragraph.add_run(f": {clean(text)}")
        return f"{kind} {self.counts[kind]}"

    def picture(self, path: Path, caption: str, alt: str) -> None:
        """Add a picture as wide as the page allows, with its alternative text and caption."""
        paragraph = self.document.add_paragraph(style="Picture")
        shape = paragraph.add_run().add_picture(str(path))
        scale = min(Mm(TEXT_WIDTH_MM) / shape.width, Mm(TEXT_HEIGHT_MM) / shape.height)
        shape.width, shape.height = int(shape.width * scale), int(shape.height * scale)
        properties = shape._inline.docPr  # noqa: SLF001 - python-docx cannot set alternative text
        properties.set("descr", clean(alt))
        properties.set("name", f"Picture {self.counts['Figure'] + 1}")
        self.caption("Figure", caption, above=False)

    def table(
        self,
        caption: str,
        header: Sequence[str],
        rows: Sequence[Sequence[Cell]],
        widths: Sequence[float],
        *,
        description: str = "",
        units: Sequence[str] = (),
    ) -> str:
        """Add a captioned table whose header row repeats on every page.

        Parameters
        ----------
        header, units
            Column names, and a second header row with the units where given.
        rows
            Cells: text, or a figure (its number is printed, right aligned, and its id goes to
            the annex of figures).
        widths
            Relative widths of the columns.
        description
            Alternative text of the table; the caption where left empty.
        """
        label = self.caption("Table", caption, above=True)
        total = WIDE_MM if self.wide else TEXT_WIDTH_MM
        twips = [round(total * width / sum(widths) * 56.6929) for width in widths]
        numeric = [
            any(isinstance(row[i], Figure | Quote) for row in rows) for i in range(len(header))
        ]
        lines = [
            _row_xml([(name, numeric[i]) for i, name in enumerate(header)], twips, header=True)
        ]
        if units:
            lines.append(
                _row_xml([(u, numeric[i]) for i, u in enumerate(units)], twips, header=True)
            )
        for row in rows:
            cells = [(self._cell_text(cell), numeric[i]) for i, cell in enumerate(row)]
            lines.append(_row_xml(cells, twips, header=False))
        grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in twips)
        xml = (
            f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="BidTable"/>'
            f'<w:tblW w:w="{sum(twips)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
            '<w:tblLook w:val="0420" w:firstRow="1" w:lastRow="0" w:firstColumn="0" '
            'w:lastColumn="0" w:noHBand="0" w:noVBand="1"/>'
            f"<w:tblCaption w:val={quoteattr(clean(caption))}/>"
            f"<w:tblDescription w:val={quoteattr(clean(description or caption))}/>"
            f"</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(lines)}</w:tbl>"
        )
        body = self.document.element.body
        body.insert(len(body) - 1, parse_xml(xml))
        self.document.add_paragraph(style="After table")
        return label

    def _cell_text(self, cell: Cell) -> str:
        if isinstance(cell, Figure):
            self.tabled.setdefault(cell.fig_id, cell)
            return clean(typeset(cell.number))
        if isinstance(cell, Quote):
            self.tabled.setdefault(cell.figure.fig_id, cell.figure)
            return clean(cell.unbroken)
        if isinstance(cell, Passage):
            for part in cell.parts:
                if isinstance(part, Quote):
                    self.tabled.setdefault(part.figure.fig_id, part.figure)
            return clean(cell.text)
        return clean(cell)

    def contents(self) -> None:
        """Leave room for the contents list, which `finish` fills."""
        self.document.add_paragraph("Contents", style="Contents heading")
        self._contents = self.document.add_paragraph(style="TOC 1")

    def turn(self, *, wide: bool) -> None:
        """Start a new page, on its side where `wide`."""
        section = self.document.add_section()
        section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = (Mm(297), Mm(210)) if wide else (Mm(210), Mm(297))

    def page_break(self) -> None:
        """Start the next heading on a new page."""
        self.document.add_page_break()

    def finish(self, path: Path) -> None:
        """Fill the contents list and save."""
        if self._contents is not None:
            _fill_contents(self._contents, [item for item in self.headings if item[0] <= 2])
        self.document.save(str(path))


def _add_id(paragraph: Any, fig_id: str) -> None:
    # A hyphen that does not break keeps the id on one line, and reads as a plain one when copied.
    run = paragraph.add_run("\u00a0[", style="Figure id")
    head, _, tail = fig_id.partition("-")
    run.add_text(head)
    run._r.append(parse_xml(f"<w:noBreakHyphen {nsdecls('w')}/>"))  # noqa: SLF001 - not in python-docx
    run.add_text(f"{tail}]")


def _row_xml(cells: Sequence[tuple[str, bool]], twips: Sequence[int], *, header: bool) -> str:
    mark = "<w:trPr><w:cantSplit/>" + ("<w:tblHeader/>" if header else "") + "</w:trPr>"
    style = "TableHeader" if header else "TableText"
    out = [f"<w:tr>{mark}"]
    for (text, numeric), width in zip(cells, twips, strict=True):
        align = '<w:jc w:val="right"/>' if numeric else ""
        gap = '<w:rPr><w:rStyle w:val="GapMark"/></w:rPr>' if text.startswith("[Officer") else ""
        out.append(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr><w:p><w:pPr>'
            f'<w:pStyle w:val="{style}"/>{align}</w:pPr><w:r>{gap}'
            f'<w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p></w:tc>'
        )
    out.append("</w:tr>")
    return "".join(out)


def _field_runs(instruction: str, shown: str, *, dirty: bool = False) -> list[Any]:
    flag = ' w:dirty="true"' if dirty else ""
    pieces = (
        f'<w:fldChar w:fldCharType="begin"{flag}/>',
        f'<w:instrText xml:space="preserve">{escape(instruction)}</w:instrText>',
        '<w:fldChar w:fldCharType="separate"/>',
        f'<w:t xml:space="preserve">{escape(shown)}</w:t>',
        '<w:fldChar w:fldCharType="end"/>',
    )
    return [parse_xml(f"<w:r {nsdecls('w')}>{piece}</w:r>") for piece in pieces]


def add_field(paragraph: Any, instruction: str, shown: str) -> None:
    """Append a field with the result to show until the reader's program updates it."""
    for run in _field_runs(instruction, shown):
        paragraph._p.append(run)  # noqa: SLF001 - python-docx has no fields


def _fill_contents(first: Any, headings: Sequence[tuple[int, str, str]]) -> None:
    begin, instruction, separate, _, end = _field_runs(
        ' TOC \\o "1-2" \\h \\z \\u ', "", dirty=True
    )
    paragraph = first._p  # noqa: SLF001 - python-docx has no fields
    for run in (begin, instruction, separate):
        paragraph.append(run)
    for number, (level, text, mark) in enumerate(headings):
        if number:
            following = parse_xml(
                f'<w:p {nsdecls("w")}><w:pPr><w:pStyle w:val="TOC{level}"/></w:pPr></w:p>'
            )
            paragraph.addnext(following)
            paragraph = following
        link = parse_xml(f'<w:hyperlink {nsdecls("w")} w:anchor="{mark}" w:history="1"/>')
        link.append(
            parse_xml(f'<w:r {nsdecls("w")}><w:t xml:space="preserve">{escape(text)}</w:t></w:r>')
        )
        paragraph.append(link)
    paragraph.append(end)


def set_headers(document: Any, running: str, ribbon: str) -> None:
    """Give every page a header (with the sample ribbon where there is one) and a page number."""
    section = document.sections[0]
    section.header.is_linked_to_previous = False
    head = section.header.paragraphs[0]
    head.style = document.styles["Header"]
    if ribbon:
        head.style = document.styles["Ribbon"]
        head.add_run(clean(ribbon))
        head = section.header.add_paragraph(style="Header")
    head.add_run(clean(running))
    foot = section.footer.paragraphs[0]
    foot.style = document.styles["Footer"]
    foot.add_run("Page ")
    add_field(foot, " PAGE ", "1")
    foot.add_run(" of ")
    add_field(foot, " NUMPAGES ", "1")


def set_properties(document: Any, *, title: str, subject: str, moment: Any, version: str) -> None:
    """Fill the core properties; nothing in them comes from the machine or the clock."""
    core = document.core_properties
    core.title, core.subject, core.language = clean(title), clean(subject), "en-GB"
    core.author = core.last_modified_by = f"infra {clean(version)}"
    core.created = core.modified = moment
    core.comments, core.keywords, core.category, core.revision = "", "", "Bid", 1
