// Draws what `map_data` wrote. Names reach the page as text only, never as markup.
var infraStill = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
function infraLayers(map, data) {
  "use strict";
  var GRADES = {m: "measured", e: "estimated", o: "modelled, indicative"};
  var DEGREES = 1e5;
  var sites = data.sites, markers = [], groups = {};
  var layers = {}, openers = {}, shown = "", names = [];

  ["areas", "rasters", "roads", "districts", "reach", "routes", "dots", "names", "sites"].forEach(function (name, i) {
    map.createPane(name).style.zIndex = 410 + 20 * i;
  });
  var renderers = {};
  ["areas", "roads", "districts", "reach", "routes", "dots", "sites"].forEach(function (name) {
    renderers[name] = L.svg({pane: name, padding: 0.5});
  });

  function decode(text, scale) {
    var points = [], at = 0, y = 0, x = 0;
    function next() {
      var rest = 0, shift = 0, chunk;
      do {
        chunk = text.charCodeAt(at++) - 63;
        rest |= (chunk & 31) << shift;
        shift += 5;
      } while (chunk & 32);
      return rest & 1 ? ~(rest >> 1) : rest >> 1;
    }
    while (at < text.length) {
      y += next();
      x += next();
      points.push([y / (scale || DEGREES), x / (scale || DEGREES)]);
    }
    return points;
  }

  function element(tag, text, name) {
    var node = document.createElement(tag);
    if (text !== undefined && text !== null) { node.textContent = text; }
    if (name) { node.className = name; }
    return node;
  }

  function row(table, cells) {
    var line = table.appendChild(element("tr"));
    cells.forEach(function (cell) {
      var td = line.appendChild(element(cell.head ? "th" : "td", cell.text, cell.name));
      if (cell.head) { td.scope = "row"; }
      if (cell.node) { td.appendChild(cell.node); }
    });
    return line;
  }

  function word(column, i) {
    return column.words[column.at[i]];
  }

  function figureId(figure, at) {
    var id = figure.ids.slice(8 * at, 8 * at + 8);
    return id ? "F-" + id : "";
  }

  function figureRow(table, label, figure, at, grade) {
    var id = figureId(figure, at);
    if (!id) { return; }
    var text = figure.text[at];
    var range = figure.range && figure.range[at];
    row(table, [
      {head: true, text: label},
      {text: text + (range ? " (" + range + ")" : "") + (grade ? ", " + GRADES[grade] : "")},
      {text: id, name: "id"}
    ]);
  }

  function openAt(latlng, content) {
    L.popup({maxWidth: 340}).setLatLng(latlng).setContent(content).openOn(map);
  }

  // ---- shares by small area, district or constituency
  function positions(marks) {
    var place = 0;
    return marks.map(function (mark) { return mark ? place++ : -1; });
  }

  function pictureLayer(key) {
    var values = data.pictures[key], shapes = data.shapes[values.unit];
    var at = positions(values.marks), small = values.unit === "small area";
    function popup(i) {
      var box = element("div", null, "pop");
      box.appendChild(element("h3", shapes.name[i]));
      box.appendChild(element("p", small ? word(data.area_district, i) : values.unit));
      if (at[i] < 0) {
        box.appendChild(element("p", values.label + ": no data", "say"));
        return box;
      }
      var table = box.appendChild(element("table")).appendChild(element("tbody"));
      figureRow(table, values.label, values.share, at[i], values.marks[i].slice(-1));
      if (values.without) { figureRow(table, "Premises without", values.without, at[i], ""); }
      return box;
    }
    var group = L.layerGroup();
    shapes.rings.forEach(function (rings, i) {
      var shape = L.polygon(rings.map(function (ring) { return decode(ring); }), {
        renderer: renderers.areas, pane: "areas", smoothFactor: 0, noClip: true, weight: 1,
        className: (small ? "area k" : "seat k") + (values.marks[i] || "none")
      });
      shape.on("click", function (event) { openAt(event.latlng, popup(i)); });
      group.addLayer(shape);
    });
    group.infraKey = key;
    layers[key] = group;
    openers[key] = popup;
    return group;
  }

  // ---- the gap and the need at once
  function needLayer() {
    var values = data.need, shapes = data.shapes[values.unit], at = positions(values.marks);
    function popup(i) {
      var box = element("div", null, "pop"), mark = values.marks[i];
      box.appendChild(element("h3", shapes.name[i]));
      box.appendChild(element("p", word(data.area_district, i)));
      if (at[i] < 0) {
        box.appendChild(element("p", values.label + ": no data", "say"));
        return box;
      }
      box.appendChild(element("p", "Full fibre: " + values.words.gap[+mark.charAt(0)] +
        ". Deprivation: " + values.words.need[+mark.charAt(1)] + ".", "say"));
      var table = box.appendChild(element("table")).appendChild(element("tbody"));
      figureRow(table, "Full fibre, share of premises", values.share, at[i], "");
      figureRow(table, "Deprivation decile, 1 is most deprived", values.decile, at[i], "");
      return box;
    }
    var group = L.layerGroup();
    shapes.rings.forEach(function (rings, i) {
      var shape = L.polygon(rings.map(function (ring) { return decode(ring); }), {
        renderer: renderers.areas, pane: "areas", smoothFactor: 0, noClip: true, weight: 1,
        className: "area " + (values.marks[i] ? "b" + values.marks[i] : "knone")
      });
      shape.on("click", function (event) { openAt(event.latlng, popup(i)); });
      group.addLayer(shape);
    });
    group.infraKey = "need";
    layers.need = group;
    openers.need = popup;
    return group;
  }

  // ---- context
  function districtLayer() {
    var group = L.layerGroup();
    data.districts.rings.forEach(function (rings, i) {
      group.addLayer(L.polygon(rings.map(function (ring) { return decode(ring); }), {
        renderer: renderers.districts, pane: "districts", className: "district",
        interactive: false, smoothFactor: 0, noClip: true
      }));
      var icon = L.divIcon({className: "place", iconSize: [0, 0], html: element("span", data.districts.name[i])});
      var at = data.districts.at[i];
      var name = L.marker([at[0] / DEGREES, at[1] / DEGREES], {
        icon: icon, pane: "names", interactive: false, keyboard: false
      });
      names.push(name);
      group.addLayer(name);
    });
    return group;
  }

  function plainLayer() {
    var group = L.layerGroup();
    group.infraKey = "plain";
    layers.plain = group;
    return group;
  }

  function rasterLayer(key) {
    var held = data.rasters[key];
    return L.imageOverlay(held.image, held.bounds, {
      pane: "rasters", className: "raster", opacity: 0.9, alt: held.label + ". The legend gives its classes."
    });
  }

  function catchmentLayer() {
    var group = L.layerGroup(), held = data.catchments;
    held.rings.forEach(function (rings, i) {
      var shape = L.polygon(rings.map(function (ring) { return decode(ring); }), {
        renderer: renderers.reach, pane: "reach", className: "reach", smoothFactor: 0, noClip: true
      });
      shape.on("click", function (event) {
        var box = element("div", null, "pop");
        box.appendChild(element("h3", held.name[i]));
        box.appendChild(element("p", "What lies in reach; distances by " + held.method[i] + "."));
        openAt(event.latlng, box);
      });
      group.addLayer(shape);
    });
    return group;
  }

  function routeLayer() {
    var group = L.layerGroup();
    data.routes.forEach(function (part) {
      part.lines.forEach(function (text) {
        var points = decode(text);
        ["casing", "route" + (part.duct ? " duct" : "")].forEach(function (name) {
          var line = L.polyline(points, {renderer: renderers.routes, pane: "routes", className: name, smoothFactor: 0.5});
          line.on("click", function (event) { openAt(event.latlng, element("p", "New fibre: " + part.words)); });
          group.addLayer(line);
        });
      });
    });
    return group;
  }

  function roadLayer() {
    var group = L.layerGroup();
    data.roads.forEach(function (text) {
      group.addLayer(L.polyline(decode(text), {
        renderer: renderers.roads, pane: "roads", className: "road", interactive: false
      }));
    });
    return group;
  }

  // ---- sites
  var KINDS = {"chosen": "chosen", "ranked": "ranked", "to verify": "verify"};

  function kindOf(i) {
    return KINDS[word(sites.status, i)] || "out";
  }

  function statusWords(i) {
    var status = word(sites.status, i), reason = word(sites.reason, i);
    if (status === "chosen") { return "Chosen within the budget"; }
    var words = status.charAt(0).toUpperCase() + status.slice(1);
    return reason ? words + ": " + reason : words;
  }

  function bar(points, weight, widest, grade) {
    var node = element("span", null, "bar");
    var track = node.appendChild(document.createElement("i"));
    track.style.width = 100 * weight / widest + "%";
    if (!isNaN(points)) {
      var fill = node.appendChild(element("b", null, GRADES[grade] ? grade : "unknown"));
      fill.style.width = 100 * points / widest + "%";
    }
    return node;
  }

  var notRanked = positions(sites.name.map(function (_, i) {
    return word(sites.status, i) === "not ranked" ? "yes" : "";
  }));

  function sitePopup(i) {
    var box = element("div", null, "pop");
    box.appendChild(element("h3", sites.name[i]));
    box.appendChild(element("p", [word(sites.kind, i), word(sites.owner, i), word(sites.lad_name, i), sites.postcode[i]].filter(Boolean).join(", ")));
    box.appendChild(element("p", statusWords(i), "say"));
    var robust = sites.robustness && i < sites.robustness.at.length ? word(sites.robustness, i) : "";
    if (robust) { box.appendChild(element("p", robust)); }
    var table = box.appendChild(element("table")).appendChild(element("tbody"));
    figureRow(table, "Rank", sites.rank, i, "");
    figureRow(table, "Score, out of 1", sites.score, i, "");
    figureRow(table, "Cost", sites.cost, i, "");
    if (sites.often) { figureRow(table, "Chosen in tested weightings", sites.often, i, ""); }
    if (notRanked[i] >= 0) { figureRow(table, "Weight with evidence", sites.completeness, notRanked[i], ""); }
    var detailed = sites.criteria.length && figureId(sites.criteria[0].points, i);
    if (detailed) {
      var widest = Math.max.apply(null, sites.criteria.map(function (c) { return parseFloat(c.weight); }));
      var scroll = box.appendChild(element("div", null, "scroll"));
      scroll.tabIndex = 0;
      scroll.setAttribute("role", "group");
      scroll.setAttribute("aria-label", "Points by criterion");
      var parts = scroll.appendChild(element("table"));
      var head = parts.appendChild(element("thead")).appendChild(element("tr"));
      ["Criterion", "Value", "Points", "", "Figure"].forEach(function (text) {
        head.appendChild(element("th", text)).scope = "col";
      });
      var body = parts.appendChild(element("tbody"));
      sites.criteria.forEach(function (c) {
        var grade = c.grade.charAt(i);
        var points = c.points.text[i];
        row(body, [
          {head: true, text: c.label},
          {text: c.metric.text[i] + (GRADES[grade] ? ", " + GRADES[grade].split(",")[0] :
            isNaN(parseFloat(points)) ? "" : ", stand-in points")},
          {text: points, name: "n"},
          {node: bar(parseFloat(points), parseFloat(c.weight), widest, grade)},
          {text: figureId(c.points, i), name: "id"}
        ]);
      });
      box.appendChild(element("p", "An outlined bar is all the points a criterion can give; a grey one stands for no data."));
    } else if (kindOf(i) !== "out") {
      box.appendChild(element("p", "Points by criterion are in ranking.csv."));
    }
    return box;
  }

  var Diamond = L.CircleMarker.extend({
    _updatePath: function () {
      var p = this._point, r = 1.3 * this._radius;
      this._renderer._setPath(this, "M" + p.x + "," + (p.y - r) + "L" + (p.x + r) + "," + p.y +
        "L" + p.x + "," + (p.y + r) + "L" + (p.x - r) + "," + p.y + "Z");
    }
  });

  // where there are many sites their dots stay small until the reader comes near
  if (sites.name.length - sites.numbered > 150) { map.getContainer().classList.add("crowded"); }
  var dots = [], crowd = sites.name.length - sites.numbered;
  function dotRadius(kind) {
    var near = Math.max(0, Math.min(1, (map.getZoom() - 10.5) / 3));
    var size = crowd > 150 ? 1.6 + 3.4 * near : 5;
    return kind === "out" ? 0.6 * size : size;
  }
  map.on("zoomend", function () {
    dots.forEach(function (dot) { dot[0].setRadius(dotRadius(dot[1])); });
  });

  function siteMarker(i) {
    var kind = kindOf(i), at = [sites.at[i][0] / DEGREES, sites.at[i][1] / DEGREES], marker;
    if (i < sites.numbered) {
      var size = kind === "chosen" ? 28 : 26;
      marker = L.marker(at, {
        icon: L.divIcon({className: "pin " + kind, iconSize: [size, size], html: element("span", sites.rank.text[i])}),
        pane: "sites", title: sites.rank.text[i] + ". " + sites.name[i] + ", " + statusWords(i),
        zIndexOffset: (kind === "chosen" ? 20000 : 10000) - 10 * i, riseOnHover: true
      });
      marker.infraHome = L.latLng(at);
    } else {
      var Shape = kind === "verify" ? Diamond : L.CircleMarker;
      marker = new Shape(at, {
        renderer: renderers.dots, pane: "dots", className: "dot " + kind, radius: dotRadius(kind)
      });
      dots.push([marker, kind]);
    }
    marker.bindPopup(function () { return sitePopup(i); }, {maxWidth: 430, minWidth: 250, autoPanPaddingTopLeft: [52, 10], autoPanPaddingBottomRight: [10, 10]});
    markers[i] = marker;
    return marker;
  }

  function siteLayer(kind) {
    var group = L.layerGroup();
    for (var i = sites.name.length - 1; i >= 0; i--) {
      if (kindOf(i) === kind && sites.at[i]) { group.addLayer(siteMarker(i)); }
    }
    groups[kind] = group;
    return group;
  }

  // ---- the page around the map
  function showSite(i) {
    var marker = markers[i];
    if (!marker) { return; }
    groups[kindOf(i)].addTo(map);
    map.setView(marker.infraHome || marker.getLatLng(), Math.max(map.getZoom(), 12), {animate: false});
    map.getContainer().scrollIntoView({block: "nearest"});
    marker.openPopup();
  }
  function showArea(i) {
    var key = layers[shown] && openers[shown] && (shown === "need" || data.pictures[shown].unit === "small area") ?
      shown : Object.keys(data.pictures).filter(function (k) { return data.pictures[k].unit === "small area"; })[0];
    var group = layers[key], shape = group && group.getLayers()[i];
    if (!shape) { return; }
    choose(key);
    map.fitBounds(shape.getBounds(), {maxZoom: 14, animate: false});
    map.getContainer().scrollIntoView({block: "nearest"});
    openAt(shape.getBounds().getCenter(), openers[key](i));
  }
  document.querySelectorAll("button[data-site]").forEach(function (button) {
    button.addEventListener("click", function () { showSite(+button.dataset.site); });
  });

  // ---- a popup takes the keyboard, and gives it back where it came from
  var before = null;
  map.on("popupopen", function (event) {
    var box = event.popup.getElement(), held = document.activeElement;
    if (!box) { return; }
    if (held && !box.contains(held)) { before = held; }
    var title = box.querySelector("h3");
    box.tabIndex = -1;
    box.setAttribute("role", "dialog");
    box.setAttribute("aria-label", title ? title.textContent : "Details");
    box.focus({preventScroll: true});
  });
  map.on("popupclose", function () {
    if (before && document.contains(before)) { before.focus({preventScroll: true}); }
    before = null;
  });
  map.getContainer().addEventListener("keydown", function (event) {
    if (event.key === "Escape") { map.closePopup(); }
  });

  // ---- search by name or postcode
  function plain(text) { return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ""); }
  var things = sites.name.map(function (name, i) {
    var place = [word(sites.kind, i), sites.postcode[i]].filter(Boolean).join(", ");
    return {words: name + (place ? " (" + place + ")" : ""), key: plain(name) + " " + plain(sites.postcode[i]),
      go: function () { showSite(i); }, there: !!sites.at[i]};
  });
  data.shapes["small area"].name.forEach(function (name, i) {
    things.push({words: name + " (small area)", key: plain(name), go: function () { showArea(i); }, there: true});
  });
  // postcodes are kept by sector: two letters each, and places to about ten metres
  var POSTCODE_DEGREES = 1e4, held = data.postcodes, sectors = held ? held.sectors.map(plain) : [];
  function postcodesLike(wanted) {
    var hits = [];
    if (!held || !/\d/.test(wanted) || wanted.length < 2) { return hits; }
    sectors.forEach(function (sector, i) {
      if (wanted.length <= sector.length) {
        if (sector.indexOf(wanted) === 0) { hits.push(postcodeHit(i, 0, held.sectors[i] + " (postcode sector)", 13)); }
        return;
      }
      if (wanted.indexOf(sector) !== 0 || wanted.length > sector.length + 2) { return; }
      var rest = wanted.slice(sector.length).toUpperCase(), units = held.units[i];
      for (var k = 0; k < units.length / 2; k++) {
        var unit = units.substr(2 * k, 2);
        if (unit.indexOf(rest) === 0) { hits.push(postcodeHit(i, k, held.sectors[i] + unit + " (postcode)", 16)); }
      }
    });
    return hits;
  }
  function postcodeHit(sector, k, words, zoom) {
    return {words: words, go: function () {
      var points = decode(held.at[sector], POSTCODE_DEGREES), at = points[zoom === 16 ? k : Math.floor(points.length / 2)];
      map.setView(at, zoom, {animate: false});
      map.getContainer().scrollIntoView({block: "nearest"});
      var box = element("div", null, "pop");
      box.appendChild(element("h3", words));
      openAt(at, box);
    }};
  }
  var MOST_FOUND = 8, find = document.getElementById("find");
  function lookUp() {
    var wanted = plain(find.value), list = document.getElementById("found"), hits = [];
    if (wanted.length > 1) {
      hits = things.filter(function (t) { return t.there && t.key.indexOf(wanted) >= 0; });
    }
    hits = hits.concat(postcodesLike(wanted));
    list.replaceChildren();
    hits.slice(0, MOST_FOUND).forEach(function (hit) {
      var button = element("button", hit.words);
      button.type = "button";
      button.addEventListener("click", hit.go);
      list.appendChild(element("li")).appendChild(button);
    });
    document.getElementById("found-count").textContent = wanted.length < 2 ? "" :
      !hits.length ? "Nothing found." :
      hits.length > MOST_FOUND ? "First " + MOST_FOUND + " of " + hits.length + " found." : hits.length + " found.";
    return hits;
  }
  if (find) {
    document.getElementById("search").hidden = false;
    find.addEventListener("input", lookUp);
    find.addEventListener("keydown", function (event) {
      if (event.key !== "Enter") { return; }
      var hits = lookUp();
      if (hits.length) { hits[0].go(); }
    });
  }

  // ---- the address keeps the view: #map=zoom/latitude/longitude/layer
  function keepView() {
    var at = map.getCenter(), text = "#map=" + [map.getZoom(), at.lat.toFixed(4), at.lng.toFixed(4), shown].join("/");
    // some browsers refuse to change the address of a file; the map works all the same
    try { window.history.replaceState(null, "", text); } catch (refused) { return; }
  }
  function readView() {
    var held = /^#map=([\d.]+)\/(-?[\d.]+)\/(-?[\d.]+)\/([\w]*)$/.exec(window.location.hash);
    if (!held) { return; }
    var numbers = held.slice(1, 4).map(Number);
    if (numbers.some(isNaN) || Math.abs(numbers[1]) > 90 || Math.abs(numbers[2]) > 180) { return; }
    map.setView([numbers[1], numbers[2]], numbers[0], {animate: false});
    choose(held[4]);
  }
  // paper is narrower than most windows: the same part of the map is drawn again to fit
  var onScreen = null;
  function fitPaper(event) {
    if (event.matches) { onScreen = map.getBounds(); }
    map.invalidateSize({animate: false, pan: false});
    if (onScreen) { map.fitBounds(onScreen, {animate: false}); }
  }
  function choose(key) {
    if (!layers.hasOwnProperty(key) || key === shown) { return; }
    Object.keys(layers).forEach(function (other) { map.removeLayer(layers[other]); });
    layers[key].addTo(map);
    showLegend(key);
  }
  function start() {
    Object.keys(layers).forEach(function (key) { if (map.hasLayer(layers[key])) { shown = key; } });
    readView();
    window.addEventListener("hashchange", readView);
    map.on("moveend baselayerchange", keepView);
    window.matchMedia("print").addEventListener("change", fitPaper);
    fitNames();
  }

  // ---- names of districts that would run into each other or into a numbered mark step back
  function fitNames() {
    var taken = [];
    markers.forEach(function (marker) {
      var icon = marker && marker.infraHome && map.hasLayer(marker) && marker.getElement();
      if (icon) { taken.push(icon.getBoundingClientRect()); }
    });
    names.map(function (name) {
      var node = name.getElement();
      if (node) { node.classList.remove("hid"); }
      return node;
    }).filter(Boolean).forEach(function (node) {
      var box = node.firstChild.getBoundingClientRect();
      var hit = taken.some(function (other) {
        return box.left < other.right - 2 && box.right > other.left + 2 &&
          box.top < other.bottom - 2 && box.bottom > other.top + 2;
      });
      node.classList.toggle("hid", hit);
      if (!hit) { taken.push(box); }
    });
  }

  // ---- numbered marks that would hide each other step aside, with a line to their place
  var leaders = L.layerGroup().addTo(map);
  function settle() {
    var held = [], rounds, i, j;
    leaders.clearLayers();
    markers.forEach(function (marker) {
      if (!marker || !marker.infraHome || !map.hasLayer(marker)) { return; }
      var home = map.latLngToLayerPoint(marker.infraHome);
      held.push({marker: marker, home: home, x: home.x, y: home.y});
    });
    for (rounds = 0; rounds < 120; rounds++) {
      var still = true;
      for (i = 0; i < held.length; i++) {
        for (j = 0; j < i; j++) {
          var a = held[i], b = held[j], dx = a.x - b.x, dy = a.y - b.y, far = Math.hypot(dx, dy);
          if (far >= 30) { continue; }
          if (far < 0.01) { dx = Math.cos(2.4 * i); dy = Math.sin(2.4 * i); far = 1; }
          var push = (31 - Math.min(far, 30)) / 4;
          a.x += dx / far * push; a.y += dy / far * push;
          b.x -= dx / far * push; b.y -= dy / far * push;
          still = false;
        }
      }
      if (still) { break; }
    }
    held.forEach(function (item) {
      var moved = Math.hypot(item.x - item.home.x, item.y - item.home.y) > 3;
      var place = moved ? map.layerPointToLatLng([item.x, item.y]) : item.marker.infraHome;
      item.marker.setLatLng(place);
      if (moved) {
        leaders.addLayer(L.polyline([item.marker.infraHome, place], {
          renderer: renderers.sites, pane: "sites", className: "leader", interactive: false
        }));
        leaders.addLayer(L.circleMarker(item.marker.infraHome, {
          renderer: renderers.sites, pane: "sites", className: "home", radius: 2.5, interactive: false
        }));
      }
    });
  }
  map.on("zoomend overlayadd overlayremove", function () { settle(); fitNames(); });
  map.on("resize", fitNames);

  // the switches stand beside the map, where they hide nothing
  function dock(control) {
    var place = document.getElementById("layers");
    if (place && control) { place.appendChild(control.getContainer()); }
    map.invalidateSize(false);
    settle();
  }

  function showLegend(key) {
    shown = key;
    document.querySelectorAll("[data-legend]").forEach(function (node) {
      node.hidden = node.dataset.legend !== key;
    });
  }
  map.on("baselayerchange", function (event) { showLegend(event.layer.infraKey); });
  map.getContainer().setAttribute("role", "region");
  map.getContainer().setAttribute("aria-label", document.title);

  return {
    picture: pictureLayer, plain: plainLayer, raster: rasterLayer, catchments: catchmentLayer, routes: routeLayer, need: needLayer, start: start, districts: districtLayer, roads: roadLayer, sites: siteLayer,
    dock: dock
  };
}
