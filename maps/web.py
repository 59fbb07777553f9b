"""The web map of a case: one file that opens from disk and asks the network for nothing.

It is a `folium.Map` with our own layers. folium's page, styles and third-party scripts are
replaced, because they fetch jQuery, Bootstrap and icon fonts and forbid zooming the page.
"""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

import folium
import numpy as np
from branca.element import CssLink, Element, Figure, JavascriptLink, MacroElement
from folium.map import Layer, LayerControl
from folium.template import Template
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from layers.grid import to_lonlat
from maps.assets import (
    LEAFLET_CSS,
    LEAFLET_JS,
    asset_text,
    content_security_policy,
    template_text,
)
from maps.measures import case_measure
from maps.style import colour, hatch_colour, page_css
from maps.view import CaseView
from maps.web_layers import rasters_of
from maps.web_need import COLOURS, NAME, need_hatch
from maps.webdata import map_data, pictures
from maps.webtext import face_statement, page_text

__all__ = ["write_case_map"]

POLICY_PLACE = "policy-goes-here"
SCRIPTS = ("web_map_parts.js", "web_map_names.js", "web_map_find.js", "web_map.js")
GRADE_MARKS = {"m": "", "e": "line", "o": "dot"}
ENVIRONMENT = Environment(
    autoescape=True, undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True
)


class OfflineMap(folium.Map):  # type: ignore[misc]
    """A folium map without tiles whose scripts and styles come from installed packages."""

    default_js = [("leaflet", LEAFLET_JS)]  # noqa: RUF012 - folium's own protocol
    default_css = [("leaflet_css", LEAFLET_CSS)]  # noqa: RUF012 - folium's own protocol

    _template = Template(
        """
        {% macro html(this, kwargs) %}<div class="folium-map" id="{{ this.get_name() }}"></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.map("{{ this.get_name() }}", {
            center: {{ this.location|tojson }}, crs: L.CRS.{{ this.crs }},
            zoomAnimation: !infraStill, fadeAnimation: !infraStill, markerZoomAnimation: !infraStill,
            inertia: !infraStill,
            ...{{ this.options|tojavascript }}
        });
        {% endmacro %}
        """
    )


class CaseLayers(MacroElement):  # type: ignore[misc]
    """Builds the functions that draw layers, from the page's data; its name stands for them."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = infraLayers({{ this._parent.get_name() }},
            JSON.parse(document.getElementById("infra-data").textContent));
        {% endmacro %}
        """
    )

    def __init__(self) -> None:
        super().__init__()
        self._name = "CaseLayers"


class CaseLayer(Layer):  # type: ignore[misc]
    """One layer of the map: a part of `CaseLayers` with its arguments."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = {{ this.maker.get_name() }}.{{ this.part }}(
            {%- if this.argument %}{{ this.argument|tojson }}{% endif %});
        {% endmacro %}
        """
    )

    def __init__(
        self,
        maker: CaseLayers,
        part: str,
        argument: str = "",
        *,
        name: str,
        overlay: bool = True,
        show: bool = True,
    ) -> None:
        super().__init__(name=name, overlay=overlay, control=True, show=show)
        self._name = "CaseLayer"
        self.maker, self.part, self.argument = maker, part, argument


class Furniture(MacroElement):  # type: ignore[misc]
    """Scale in metres, the licences' statements on the face of the map, and the first view.

    The first view leaves room for the statements at the bottom and the buttons at the left.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        L.control.scale({imperial: false, maxWidth: 140}).addTo({{ this._parent.get_name() }});
        L.control.attribution({prefix: false}).addTo({{ this._parent.get_name() }})
            .addAttribution({{ this.statement|tojson }});
        {{ this._parent.get_name() }}.fitBounds({{ this.bounds|tojson }}, {
            paddingTopLeft: [20, 8], animate: false,
            paddingBottomRight: [8, window.matchMedia("(max-width: 860px)").matches ? 28 : 76]});
        {{ this.maker.get_name() }}.start();
        {% endmacro %}
        """
    )

    def __init__(self, maker: CaseLayers, statement: str, bounds: list[list[float]]) -> None:
        super().__init__()
        self._name = "Furniture"
        self.maker, self.statement, self.bounds = maker, statement, bounds


class DockedLayers(LayerControl):  # type: ignore[misc]
    """folium's layer control, moved beside the map so that it hides nothing."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.control.layers(
            { {%- for label, name in this.base_layers.items() %}{{ label|tojson }}: {{ name }},{% endfor -%} },
            { {%- for label, name in this.overlays.items() %}{{ label|tojson }}: {{ name }},{% endfor -%} },
            {{ this.options|tojavascript }}
        ).addTo({{ this._parent.get_name() }});
        {{ this.maker.get_name() }}.dock({{ this.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, maker: CaseLayers) -> None:
        super().__init__(position="topright", collapsed=False, sortLayers=False)
        self.maker = maker


class Page(Figure):  # type: ignore[misc]
    """The page around the map, complete in itself."""

    def __init__(self, text: dict[str, Any], data: dict[str, Any]) -> None:
        super().__init__()
        self.text, self.data = text, data
        self.header._children.clear()  # noqa: SLF001 - branca offers no other way

    def render(self, **kwargs: Any) -> str:
        """Return the page: links written in, then the policy that fits what is written in.

        Raises
        ------
        AssetError
            When an element asks for a script or style that is not in an installed package.
        """
        for child in list(self._children.values()):
            child.render(**kwargs)
        header = "".join(_inline(child, kwargs) for child in self.header._children.values())  # noqa: SLF001
        header += f"<style>{page_css()}{_class_css()}{template_text('web_map.css')}</style>\n"
        header += f"<script>{''.join(template_text(name) for name in SCRIPTS)}</script>"
        html = ENVIRONMENT.from_string(template_text("web_map.html")).render(
            **self.text,
            policy=POLICY_PLACE,
            header=Markup(header),  # noqa: S704 - our own and Leaflet's code
            map=Markup(self.html.render(**kwargs)),  # noqa: S704 - our own elements
            script=Markup(self.script.render(**kwargs)),  # noqa: S704 - our own elements
            data=Markup(_inert(self.data)),  # noqa: S704 - escaped for a script element
            patterns=_patterns(),
        )
        return html.replace(POLICY_PLACE, content_security_policy(html), 1)


def _inline(child: Element, kwargs: dict[str, Any]) -> str:
    if isinstance(child, JavascriptLink):
        return f"<script>{asset_text(child.url)}</script>\n"
    if isinstance(child, CssLink):
        return f"<style>{asset_text(child.url)}</style>\n"
    return str(child.render(**kwargs))


def _inert(data: dict[str, Any]) -> str:
    """Return JSON that cannot end or escape the element it stands in."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _classes() -> list[int | None]:
    return [0, 1, 2, 3, 4, 5, None]


def _mark(index: int | None, letter: str = "m") -> str:
    return "none" if index is None else f"{index}{letter}"


def _class_css() -> str:
    rules = []
    for index in _classes():
        for letter, drawn in GRADE_MARKS.items():
            name = _mark(index, letter)
            fill = f"url(#k{name})" if drawn or index is None else colour(index)
            rules.append(f".k{name}{{fill:{fill}}}")
    for gap, line in enumerate(COLOURS):
        for need, plain in enumerate(line):
            for letter, drawn in GRADE_MARKS.items():
                name = f"b{gap}{need}{letter}"
                rules.append(f".{name}{{fill:{f'url(#k{name})' if drawn else plain}}}")
    rules += [f".k{key}{{fill:url(#k{key})}}" for key in ("estimated", "modelled")]
    return "\n".join(dict.fromkeys([*rules, ".kmeasured{fill:#fff}"])) + "\n"


def _patterns() -> list[dict[str, Any]]:
    """Return the hatches of classes and grades as SVG patterns."""
    held = []
    wanted: list[tuple[str, str, str, str]] = [
        (_mark(index, letter), colour(index), hatch_colour(index), drawn)
        for index in range(6)
        for letter, drawn in GRADE_MARKS.items()
        if drawn
    ]
    wanted += [
        (f"b{gap}{need}{letter}", fill, need_hatch(gap, need), drawn)
        for gap, line in enumerate(COLOURS)
        for need, fill in enumerate(line)
        for letter, drawn in GRADE_MARKS.items()
        if drawn
    ]
    wanted += [
        ("none", colour(None), hatch_colour(None), "cross"),
        ("estimated", "#ffffff", "#505a5f", "line"),
        ("modelled", "#ffffff", "#505a5f", "dot"),
    ]
    for name, fill, stroke, drawn in wanted:
        marks = {
            "line": f'<path d="M0 0V6" stroke="{stroke}" stroke-width="1.5"/>',
            "dot": f'<circle cx="3" cy="3" r="1.1" fill="{stroke}"/>',
            "cross": f'<path d="M0 0V6M0 0H6" stroke="{stroke}" stroke-width="1.4"/>',
        }
        held.append(
            {
                "id": f"k{name}",
                "size": 6,
                "turn": 0 if drawn == "dot" else 45,
                "fill": fill,
                "mark": Markup(marks[drawn]),  # noqa: S704 - made of our own colours
            }
        )
    return held


def _add_layers(chart: OfflineMap, view: CaseView, data: dict[str, Any]) -> CaseLayers:
    maker = CaseLayers()
    chart.add_child(maker)
    shown = case_measure(view)
    for drawn in pictures(view):
        CaseLayer(
            maker,
            "picture",
            drawn.key,
            name=f"{drawn.measure.short}, by {drawn.unit_name.removeprefix('Westminster ')}",
            overlay=False,
            show=shown is not None and drawn.key == shown.key,
        ).add_to(chart)
    if "need" in data:
        CaseLayer(maker, "need", name=NAME, overlay=False, show=False).add_to(chart)
    CaseLayer(maker, "plain", name="Districts only", overlay=False, show=False).add_to(chart)
    if "water" in data:
        CaseLayer(maker, "water", name="Water").add_to(chart)
    if data["roads"]:
        CaseLayer(maker, "roads", name="Main roads").add_to(chart)
    CaseLayer(maker, "districts", name="Districts").add_to(chart)
    if "places" in data:
        CaseLayer(maker, "places", name="Names of places").add_to(chart)
    for raster in rasters_of(view):
        show = raster in view.rasters
        CaseLayer(maker, "raster", raster.key, name=raster.label, show=show).add_to(chart)
    if "catchments" in data:
        name = "In reach of the chosen sites"
        CaseLayer(maker, "catchments", name=name, show=False).add_to(chart)
    if "routes" in data:
        CaseLayer(maker, "routes", name="Routes of new fibre").add_to(chart)
    statuses = view.ranking.frame["status"].value_counts()
    crowd = int(statuses.get("excluded", 0)) + int(statuses.get("not ranked", 0))
    for part, name in (
        ("out", "Sites excluded or not ranked"),
        ("verify", "Sites to verify"),
        ("ranked", "Sites ranked, not chosen"),
        ("chosen", "Sites chosen"),
    ):
        show = part != "out" or crowd <= 150
        CaseLayer(maker, "sites", part, name=name, show=show).add_to(chart)
    return maker


def _settle_ids(page: Page) -> None:
    """Give elements numbers in order, so that one case gives the same page twice."""
    numbers = count(1)

    def settle(element: Element) -> None:
        element._id = f"{next(numbers):03d}"  # noqa: SLF001 - branca draws ids at random
        for child in element._children.values():  # noqa: SLF001
            settle(child)

    settle(page)


def case_page(view: CaseView) -> Page:
    """Return the page of a case, ready to render."""
    data = map_data(view)
    page = Page(page_text(view), data)
    left, bottom, right, top = view.study.districts.total_bounds
    west, south = to_lonlat(
        np.array([left, left, right, right]), np.array([bottom, top, bottom, top])
    )
    bounds = [
        [round(float(min(south)), 4), round(float(min(west)), 4)],
        [round(float(max(south)), 4), round(float(max(west)), 4)],
    ]
    centre = [round((bounds[0][i] + bounds[1][i]) / 2, 4) for i in (0, 1)]
    chart = OfflineMap(
        location=centre,
        tiles=None,
        zoom_start=10,
        zoomSnap=0.25,
        minZoom=7,
        maxZoom=18,
        attributionControl=False,
    )
    page.add_child(chart)
    maker = _add_layers(chart, view, data)
    DockedLayers(maker).add_to(chart)
    Furniture(maker, str(face_statement(view.study)), bounds).add_to(chart)
    _settle_ids(page)
    return page


def write_case_map(view: CaseView, path: Path) -> None:
    """Write the web map of a case as one HTML file.

    Parameters
    ----------
    view
        The case; figures that the page prints are quoted in `view.figures`.
    path
        File to write; `ranking.csv` is expected beside it.

    Raises
    ------
    AssetError
        When anything in the page would have to be fetched.
    """
    path.write_bytes(case_page(view).render().encode("utf-8"))
