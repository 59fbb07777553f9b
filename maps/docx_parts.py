"""A report as a Word document: captions, tables, fields, headers, marked passages.

python-docx writes the package; what it has no call for (fields, repeated header rows, table
descriptions, contents) is written here as WordprocessingML.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Mm, Pt

from maps import docx_styles
from maps.blocks import (
    GAP_MARK,
    Block,
    Bullets,
    Contents,
    Heading,
    PageBreak,
    Paragraph,
    Picture,
    Report,
    TableBlock,
    Turn,
)
from maps.deterministic import document_time, settle_zip
from maps.passages import Passage, Quote, clean

__all__ = ["write_docx"]

TEXT_WIDTH_MM = 166.0
TEXT_HEIGHT_MM = 190.0
WIDE_MM, LOW_MM = 253.0, 150.0
STYLES = {
    "title": "Title",
    "subtitle": "Subtitle",
    "banner": "Banner",
    "plain": "Body Text",
    "generated": "Generated",
    "gap": "Evidence gap",
}


def write_docx(report: Report, path: Path) -> None:
    """Write a report as a Word document: the same report gives the same bytes."""
    writer = _Writer()
    _set_properties(writer.document, report)
    _set_headers(writer.document, report.running, report.ribbon)
    for block in report.blocks:
        writer.put(block)
    writer.finish(path)
    settle_zip(path)


class _Writer:
    """A document being written, with the headings that its contents list will hold."""

    def __init__(self) -> None:
        self.document: Any = Document()
        self.headings: list[tuple[int, str, str]] = []
        self._contents: Any = None
        self._style_ids: dict[str, str] = {}
        docx_styles.apply(self.document)

    def put(self, block: Block) -> None:
        """Print one block."""
        match block:
            case Heading():
                self._heading(block)
            case Paragraph(passage, tone):
                self._runs(self._paragraph(style=STYLES[tone]), passage)
            case Bullets(items):
                for item in items:
                    self._runs(self._paragraph(style="List Bullet"), item)
            case TableBlock():
                self._table(block)
            case Picture():
                self._picture(block)
            case Turn(wide):
                self._turn(wide=wide)
            case Contents():
                self._paragraph("Contents", style="Contents heading")
                self._contents = self._paragraph(style="TOC 1")
            case PageBreak():
                self.document.add_page_break()

    def _paragraph(self, text: str = "", *, style: str) -> Any:
        """Add a paragraph; python-docx would look through all styles for each."""
        paragraph = self.document.add_paragraph(text)
        if style not in self._style_ids:
            self._style_ids[style] = self.document.styles[style].style_id
        paragraph._p.style = self._style_ids[style]  # noqa: SLF001 - by its id, found before
        return paragraph

    def _heading(self, block: Heading) -> None:
        mark = f"_Toc{len(self.headings) + 1:06d}"
        paragraph = self._paragraph(block.text, style=f"Heading {block.level}")
        if block.level == 1 and not block.new_page:
            paragraph.paragraph_format.page_break_before = False
            paragraph.paragraph_format.space_before = Pt(24)
        number = len(self.headings) + 1
        start = f'<w:bookmarkStart {nsdecls("w")} w:id="{number}" w:name="{mark}"/>'
        paragraph._p.insert(1, parse_xml(start))  # noqa: SLF001 - python-docx has no bookmarks
        paragraph._p.append(parse_xml(f'<w:bookmarkEnd {nsdecls("w")} w:id="{number}"/>'))  # noqa: SLF001
        self.headings.append((block.level, block.text, mark))

    def _runs(self, paragraph: Any, passage: Passage) -> None:
        if len(passage.parts) == 1 and isinstance(passage.parts[0], str):
            paragraph.add_run(clean(passage.parts[0]))
            return
        for part in passage.parts:
            if isinstance(part, Quote):
                paragraph.add_run(clean(part.unbroken))
                _add_id(paragraph, part.figure.fig_id)
            else:
                paragraph.add_run(clean(part, edges=False))

    def _caption(self, kind: str, number: int, text: str, *, above: bool) -> None:
        paragraph = self._paragraph(style="Caption")
        paragraph.paragraph_format.keep_with_next = above
        paragraph.add_run(f"{kind} ")
        _add_field(paragraph, f" SEQ {kind} \\* ARABIC ", str(number))
        paragraph.add_run(f": {text}")

    def _lying(self) -> bool:
        return bool(self.document.sections[-1].orientation == WD_ORIENT.LANDSCAPE)

    def _picture(self, block: Picture) -> None:
        paragraph = self._paragraph(style="Picture")
        shape = paragraph.add_run().add_picture(str(block.path))
        most = (WIDE_MM, LOW_MM) if self._lying() else (TEXT_WIDTH_MM, TEXT_HEIGHT_MM)
        scale = min(Mm(most[0]) / shape.width, Mm(most[1]) / shape.height)
        shape.width, shape.height = int(shape.width * scale), int(shape.height * scale)
        properties = shape._inline.docPr  # noqa: SLF001 - python-docx cannot set alternative text
        properties.set("descr", block.alt)
        properties.set("name", f"Picture {block.number}")
        self._caption("Figure", block.number, block.caption, above=False)

    def _table(self, block: TableBlock) -> None:
        """Print a captioned table whose header row repeats on every page."""
        self._caption("Table", block.number, block.caption, above=True)
        total = WIDE_MM if self._lying() else TEXT_WIDTH_MM
        twips = [round(total * width / sum(block.widths) * 56.6929) for width in block.widths]
        heads = [block.header, block.units] if block.units else [block.header]
        lines = [
            _row_xml(list(zip(cells, block.numeric, strict=True)), twips, header=True)
            for cells in heads
        ]
        lines += [
            _row_xml(list(zip(cells, block.numeric, strict=True)), twips, header=False)
            for cells in block.rows
        ]
        grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in twips)
        xml = (
            f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="BidTable"/>'
            f'<w:tblW w:w="{sum(twips)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
            '<w:tblLook w:val="0420" w:firstRow="1" w:lastRow="0" w:firstColumn="0" '
            'w:lastColumn="0" w:noHBand="0" w:noVBand="1"/>'
            f"<w:tblCaption w:val={quoteattr(block.caption)}/>"
            f"<w:tblDescription w:val={quoteattr(block.description)}/>"
            f"</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(lines)}</w:tbl>"
        )
        body = self.document.element.body
        body.insert(len(body) - 1, parse_xml(xml))
        self._paragraph(style="After table")

    def _turn(self, *, wide: bool) -> None:
        section = self.document.add_section()
        section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = (Mm(297), Mm(210)) if wide else (Mm(210), Mm(297))

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
        gap = '<w:rPr><w:rStyle w:val="GapMark"/></w:rPr>' if text.startswith(GAP_MARK) else ""
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


def _add_field(paragraph: Any, instruction: str, shown: str) -> None:
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


def _set_headers(document: Any, running: str, ribbon: str) -> None:
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
    _add_field(foot, " PAGE ", "1")
    foot.add_run(" of ")
    _add_field(foot, " NUMPAGES ", "1")


def _set_properties(document: Any, report: Report) -> None:
    """Fill the core properties; nothing in them comes from the machine or the clock."""
    core = document.core_properties
    core.title, core.subject, core.language = clean(report.title), clean(report.subject), "en-GB"
    core.author = core.last_modified_by = f"infra {clean(report.version)}"
    core.created = core.modified = document_time(report.as_of)
    core.comments, core.keywords, core.category, core.revision = "", "", "Bid", 1
