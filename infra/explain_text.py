"""An explanation as plain lines and as a page that needs nothing but itself."""

from __future__ import annotations

from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

from infra.explain import Node, Rows, Trace
from infra.writing import writing
from maps.assets import content_security_policy
from maps.style import page_css
from maps.view import SAMPLE_RIBBON

__all__ = ["as_data", "as_lines", "as_page", "write_page"]

SHOWN = 4
POLICY = "policy-goes-here"
CSS = (
    "main{max-width:1000px;margin:0 auto;padding:16px}"
    "ul{list-style:none;padding-left:18px;border-left:1px solid var(--hairline);margin:4px 0}"
    "li{margin:8px 0;overflow-wrap:anywhere}h2{margin:28px 0 8px}code{font-size:var(--small);overflow-wrap:anywhere}"
    "table{border-collapse:collapse;width:100%;margin:8px 0}"
    "th,td{text-align:left;vertical-align:top;border-bottom:1px solid var(--hairline);padding:4px 12px 4px 0}"
    "td.long{overflow-wrap:anywhere;min-width:16ch}"
    ".value{font-size:var(--lead);font-weight:700}.scroll{overflow-x:auto}"
)
STALE = (
    "The study has changed since these outputs were made (or infra has): the value is as printed, "
    "but what is below it may have moved on. Run 'infra run' to bring them together."
)


def _head(node: Node) -> str:
    parts = [node.value]
    if node.range:
        parts.append(f"({node.range})")
    if node.grade:
        parts.append(f"[{node.grade}]")
    return " ".join(parts)


def _parameter(p: dict[str, Any]) -> str:
    span = "" if p["low"] == p["high"] else f" ({p['low']:g} to {p['high']:g})"
    if p["basis"] == "default":
        told = f"shipped default; {p['source']}"
    else:
        told = f"set by {p['who']} on {p['when']}: {p['why']} (default {p['default']:g})"
    return f"{p['key']} = {p['value']:g} {p['unit']}{span}, {told}"


def _setting(s: dict[str, Any]) -> str:
    value = s["value"]
    if isinstance(value, dict | list):
        value = f"{len(value)} entries"
    return f"{s['name']} = {value}, in {s['from']}"


def _place(item: dict[str, Any]) -> str:
    if "file" not in item:
        return ""
    where = (
        f", line {item['line']}"
        if "line" in item
        else f", {item['line_note']}"
        if "line_note" in item
        else ""
    )
    return f"{item['file']}{where}"


def _row(item: dict[str, Any]) -> str:
    named = " ".join(
        part
        for part in (item.get("row", ""), f"= {item['value']}" if "value" in item else "")
        if part
    )
    return "; ".join(part for part in (named, _place(item)) if part)


def _count(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows:,} rows"


def _rows_head(rows: Rows) -> str:
    total = f", total {rows.total}" if rows.total else ""
    return f"{rows.reference}: {_count(rows.count)}, {rows.how}{total}"


def _files_named(paths: list[str]) -> str:
    """Return the first few of many files; all of them stand in the list at the end."""
    more = f" and {len(paths) - SHOWN} more, listed below" if len(paths) > SHOWN else ""
    return ", ".join(paths[:SHOWN]) + more


def _lines(item: Node | Rows, depth: int) -> list[str]:
    pad = "  " * depth
    if isinstance(item, Rows):
        lines = [f"{pad}{_rows_head(item)}"]
        lines += [f"{pad}  {_count(f['rows'])} from {f['file']} ({f['src']})" for f in item.by_file]
        lines += [f"{pad}  for example {_row(row)}" for row in item.sample if row]
        if item.parameters:
            lines.append(f"{pad}  with parameters {', '.join(item.parameters)}")
        if item.also:
            lines.append(f"{pad}  and behind them {_files_named(item.also)}")
        if item.followed is not None:
            lines += [f"{pad}  one of them followed:", *_lines(item.followed, depth + 2)]
        return lines
    lines = [f"{pad}{item.cell}", f"{pad}  {_head(item)}: {item.description}"]
    if item.seen:
        return [f"{pad}{item.cell}: {_head(item)} (followed above)"]
    if item.formula:
        lines.append(f"{pad}  = {item.formula}")
    lines += [f"{pad}  parameter {_parameter(p)}" for p in item.parameters]
    lines += [f"{pad}  setting {_setting(s)}" for s in item.settings]
    if item.record:
        lines.append(f"{pad}  read from {_place(item.record)}")
    for part in item.inputs:
        lines += _lines(part, depth + 2)
    return lines


def _file_lines(file: dict[str, Any]) -> list[str]:
    lines = [
        f"  {file['src']}  {file['path']}",
        f"            {file['title']}; {file['publisher']}; {file['vintage'] or 'vintage not stated'}; {file['licence']}",
        f"            {file['hash']}",
    ]
    if file.get("attribution"):
        lines.append(f"            {file['attribution']}")
    if file.get("sample"):
        lines.append("            practice data, not real")
    return lines


def as_lines(trace: Trace) -> list[str]:
    """Return the chain as lines for a terminal."""
    lines = [f"{trace.figure}"]
    if trace.stale:
        lines.append(STALE)
    lines += _lines(trace.root, 0)
    lines += ["", f"Files ({len(trace.files)})"]
    for file in trace.files:
        lines += _file_lines(file)
    if not trace.files:
        lines.append("  none: it is a parameter or a setting")
    return lines


def as_data(trace: Trace) -> dict[str, Any]:
    """Return the chain as plain data."""
    return {"ok": True, **asdict(trace)}


def _html(item: Node | Rows) -> str:
    if isinstance(item, Rows):
        files = "".join(
            f"<li>{_count(f['rows'])} from <code>{escape(f['file'])}</code></li>"
            for f in item.by_file
        )
        sample = "".join(
            f"<li>for example <code>{escape(_row(row))}</code></li>" for row in item.sample if row
        )
        also = (
            f"<li>and behind them <code>{escape(_files_named(item.also))}</code></li>"
            if item.also
            else ""
        )
        if item.parameters:
            also = f"<li>with parameters {escape(', '.join(item.parameters))}</li>{also}"
        if item.followed is not None:
            also += f"<li>one of them followed:<ul>{_html(item.followed)}</ul></li>"
        return f"<li>{escape(_rows_head(item))}<ul>{files}{sample}{also}</ul></li>"
    grade = (
        f' <span class="badge {escape(item.grade)}">{escape(item.grade)}</span>'
        if item.grade
        else ""
    )
    span = f" <span>({escape(item.range)})</span>" if item.range else ""
    value = f'<span class="value">{escape(item.value)}</span>'
    name = f'<code class="quiet">{escape(item.cell)}</code>'
    out = [f"<li>{value}{span}{grade} {escape(item.description)}<br>{name}"]
    if item.seen:
        return f"{out[0]} (followed above)</li>"
    if item.formula:
        out.append(f"<br>= {escape(item.formula)}")
    told = [f"parameter {_parameter(p)}" for p in item.parameters]
    told += [f"setting {_setting(s)}" for s in item.settings]
    told += [f"read from {_place(item.record)}"] if item.record else []
    parts = [f"<li>{escape(text)}</li>" for text in told] + [_html(part) for part in item.inputs]
    out.append(f"<ul>{''.join(parts)}</ul>" if parts else "")
    return "".join(out) + "</li>"


def as_page(trace: Trace) -> str:
    """Return the chain as one HTML page that asks nothing of the network."""
    sample = any(file.get("sample") for file in trace.files)
    rows = "".join(
        f"<tr><td><code>{escape(f['src'])}</code></td><td class=long>{escape(str(f['path']))}</td>"
        f"<td>{escape(str(f['title']))}</td><td>{escape(str(f['publisher']))}</td>"
        f"<td>{escape(str(f['vintage'] or 'not stated'))}</td>"
        f"<td>{escape(str(f['licence']))}<br><span class=quiet>{escape(str(f.get('attribution', '')))}</span></td>"
        f"<td class=long><code>{escape(str(f['hash']))}</code></td></tr>"
        for f in trace.files
    )
    ribbon = f'<aside class="ribbon" aria-label="Warning">{SAMPLE_RIBBON}</aside>' if sample else ""
    stale = f'<p class="caution">{escape(STALE)}</p>' if trace.stale else ""
    title = f"Where {trace.figure} comes from"
    page = (
        '<!doctype html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{SAMPLE_RIBBON + ': ' if sample else ''}{escape(title)}</title><style>{page_css()}{CSS}</style></head><body>"
        f'<a class="skip" href="#main">Skip to the chain</a>{ribbon}'
        f'<main id="main" tabindex="-1"><h1>{escape(title)}</h1>{stale}<ul>{_html(trace.root)}</ul>'
        f'<h2>Files</h2><div class="scroll" tabindex="0" role="region" aria-label="Files"><table><thead><tr><th scope="col">Key</th><th scope="col">File</th>'
        '<th scope="col">What</th><th scope="col">Publisher</th><th scope="col">Describes</th>'
        f'<th scope="col">Licence</th><th scope="col">Checksum</th></tr></thead><tbody>{rows}</tbody></table></div>'
        "</main></body></html>\n"
    )
    return page.replace(POLICY, content_security_policy(page), 1)


def write_page(trace: Trace, path: Path) -> None:
    """Write the page to a file.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    with writing(path, "name a file in a folder that is there"):
        path.write_text(as_page(trace), encoding="utf-8", newline="\n")
