"""Type, colours and marks of the Word documents, set once on their styles.

Officers restyle a document by changing a style, so nothing is formatted by hand.
"""

from __future__ import annotations

from typing import Any

from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

__all__ = ["apply"]

FONT = "Arial"
INK = "0B0C0C"
BLUE = "00204D"
QUIET = "595959"
AMBER = "E69F00"
AMBER_GROUND = "FFF6E5"
HAIRLINE = "B1B4B6"
LANGUAGE = "en-GB"
# What the schema wants before the borders and the shading of a paragraph.
PARAGRAPH_ORDER = (
    "pStyle", "keepNext", "keepLines", "pageBreakBefore", "widowControl", "numPr", "pBdr",
)  # fmt: skip


def apply(document: Any) -> None:
    """Set page, language and styles of a new document made from python-docx's template."""
    _page(document)
    _language(document)
    _paragraphs(document)
    _marks(document)
    _headings(document)
    _table_styles(document)
    _drop_thumbnail(document)
    _update_fields(document.settings.element)


def _update_fields(settings: Any) -> None:
    """Ask the reader's program to fill in page numbers when it opens the document."""
    update = OxmlElement("w:updateFields")
    update.set(qn("w:val"), "true")
    # The schema orders settings; these are the ones that stand after it in the template.
    later = ("hdrShapeDefaults", "footnotePr", "endnotePr", "compat", "rsids")
    following = [child for child in settings if child.tag in {qn(f"w:{name}") for name in later}]
    following[0].addprevious(update)


def _page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(22)
    section.top_margin, section.bottom_margin = Mm(24), Mm(20)
    section.header_distance = section.footer_distance = Mm(10)


def _language(document: Any) -> None:
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), LANGUAGE)
        language.set(qn("w:eastAsia"), LANGUAGE)


def _set_font(style: Any, size: float, colour: str = INK, *, bold: bool | None = None) -> None:
    style.font.name = FONT
    style.font.size = Pt(size)
    style.font.color.rgb = RGBColor.from_string(colour)
    style.font.bold = bold
    style.font.italic = None
    fonts = style.element.rPr.rFonts
    for name in list(fonts.attrib):
        if name.endswith("Theme"):
            del fonts.attrib[name]
    for kind in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(kind), FONT)


def _style(
    document: Any, name: str, base: str | None = "Normal", *, kind: Any = WD_STYLE_TYPE.PARAGRAPH
) -> Any:
    styles = document.styles
    if name in styles:
        return styles[name]
    made = styles.add_style(name, kind)
    made.base_style = styles[base] if base else None
    made.hidden, made.quick_style, made.unhide_when_used = False, True, False
    return made


def _space(style: Any, before: float, after: float, line: float = 1.15) -> None:
    style.paragraph_format.space_before = Pt(before)
    style.paragraph_format.space_after = Pt(after)
    style.paragraph_format.line_spacing = line


def _paragraphs(document: Any) -> None:
    for name, size, colour, bold, before, after in (
        ("Normal", 10.5, INK, None, 0, 0),
        ("Body Text", 10.5, INK, None, 0, 6),
        ("List Bullet", 10.5, INK, None, 0, 3),
        ("Caption", 9, INK, True, 8, 4),
        ("Header", 8, QUIET, None, 0, 0),
        ("Footer", 8, QUIET, None, 0, 0),
        ("Picture", 10.5, INK, None, 6, 0),
        ("After table", 6, INK, None, 0, 4),
        ("Table text", 8.5, INK, None, 1.5, 1.5),
        ("Table header", 8.5, INK, True, 1.5, 1.5),
        ("Title", 26, BLUE, True, 60, 6),
        ("Subtitle", 14, INK, None, 0, 18),
        ("Contents heading", 16, BLUE, True, 0, 8),
        ("TOC 1", 10.5, INK, True, 6, 0),
        ("TOC 2", 10.5, INK, None, 0, 0),
    ):
        style = _style(document, name)
        _set_font(style, size, colour, bold=bold)
        _space(
            style, before, after, 1.0 if name.startswith(("Table", "Header", "Footer")) else 1.15
        )
    document.styles["Footer"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    document.styles["Picture"].paragraph_format.keep_with_next = True
    document.styles["Table text"].element.set(qn("w:styleId"), "TableText")
    document.styles["Table header"].element.set(qn("w:styleId"), "TableHeader")
    document.styles["Table header"].paragraph_format.keep_with_next = True
    for name, indent in (("TOC 1", 0), ("TOC 2", 6)):
        shape = document.styles[name].paragraph_format
        shape.left_indent = Mm(indent)
        shape.tab_stops.add_tab_stop(Mm(166), 2, 1)  # right aligned, dotted leader
    borders = document.styles["Title"].element.find(f".//{qn('w:pBdr')}")
    if borders is not None:
        borders.getparent().remove(borders)


def _rule(style: Any, colour: str, *, fill: str = "") -> None:
    properties = style.element.get_or_add_pPr()
    border = (
        f'<w:pBdr {nsdecls("w")}><w:left w:val="single" w:sz="18" w:space="8" '
        f'w:color="{colour}"/></w:pBdr>'
    )
    _insert(properties, parse_xml(border))
    if fill:
        shade = f'<w:shd {nsdecls("w")} w:val="clear" w:color="auto" w:fill="{fill}"/>'
        _insert(properties, parse_xml(shade))


def _insert(properties: Any, element: Any) -> None:
    # The schema orders these: pBdr and shd stand before tabs, spacing, ind and jc.
    after = [
        child for child in properties if child.tag in {qn(f"w:{name}") for name in PARAGRAPH_ORDER}
    ]
    properties.insert(len(after), element)


def _marks(document: Any) -> None:
    for name, rule, fill in (
        ("Generated", HAIRLINE, ""),
        ("Evidence gap", AMBER, AMBER_GROUND),
        ("Banner", INK, "F3F2F1"),
    ):
        style = _style(document, name, "Body Text")
        _set_font(style, 10.5, INK, bold=name == "Banner" or None)
        _space(style, 0, 6)
        style.paragraph_format.left_indent = Mm(4)
        _rule(style, rule, fill=fill)
    ribbon = _style(document, "Ribbon", "Header")
    _set_font(ribbon, 9, "FFFFFF", bold=True)
    _space(ribbon, 0, 3, 1.0)
    ribbon.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    shade = f'<w:shd {nsdecls("w")} w:val="clear" w:color="auto" w:fill="{INK}"/>'
    _insert(ribbon.element.get_or_add_pPr(), parse_xml(shade))
    small = _style(document, "Figure id", None, kind=WD_STYLE_TYPE.CHARACTER)
    _set_font(small, 6.5, QUIET)
    missing = _style(document, "Gap mark", None, kind=WD_STYLE_TYPE.CHARACTER)
    missing.element.set(qn("w:styleId"), "GapMark")
    missing.font.bold = True
    shade = f'<w:shd {nsdecls("w")} w:val="clear" w:color="auto" w:fill="{AMBER_GROUND}"/>'
    missing.element.get_or_add_rPr().append(parse_xml(shade))


def _headings(document: Any) -> None:
    for level, size, before, after in ((1, 19, 0, 8), (2, 13, 14, 4), (3, 10.5, 10, 3)):
        style = document.styles[f"Heading {level}"]
        _set_font(style, size, BLUE, bold=True)
        _space(style, before, after, 1.0)
        style.paragraph_format.keep_with_next = True
        style.paragraph_format.page_break_before = level == 1


def _table_styles(document: Any) -> None:
    line = f'w:val="single" w:sz="4" w:space="0" w:color="{HAIRLINE}"'
    strong = f'w:val="single" w:sz="8" w:space="0" w:color="{BLUE}"'
    document.styles.element.append(
        parse_xml(
            f'<w:style {nsdecls("w")} w:type="table" w:customStyle="1" w:styleId="BidTable">'
            '<w:name w:val="Bid Table"/><w:basedOn w:val="TableNormal"/><w:qFormat/>'
            f"<w:tblPr><w:tblBorders><w:top {line}/><w:bottom {line}/><w:insideH {line}/>"
            '</w:tblBorders><w:tblCellMar><w:left w:w="70" w:type="dxa"/>'
            '<w:right w:w="90" w:type="dxa"/></w:tblCellMar></w:tblPr>'
            '<w:tblStylePr w:type="firstRow"><w:tblPr/><w:tcPr><w:tcBorders>'
            f"<w:bottom {strong}/></w:tcBorders></w:tcPr></w:tblStylePr></w:style>"
        )
    )


def _drop_thumbnail(document: Any) -> None:
    package = document.part.package
    for key, relation in list(package.rels.items()):
        if relation.reltype.endswith("/thumbnail"):
            package.rels.pop(key)
