// Draws what `map_data` wrote. Names reach the page as text only, never as markup.
function infraLayers(map, data) {
  "use strict";
  var P = infraParts, GRADES = P.GRADES, DEGREES = P.DEGREES;
  var decode = P.decode, element = P.element, row = P.row, word = P.word, positions = P.positions;
  var figureId = P.figureId, figureRow = P.figureRow;
  var sites = data.sites, markers = [], groups = {};
  var layers = {}, openers = {}, shown = "", names = [];

  ["areas", "rasters", "lines", "names", "sites"].forEach(function (name, i) {
    map.createPane(name).style.zIndex = 410 + 36 * i;
  });
  // One drawing holds lines and dots, a shelf each: the browser keeps and moves every drawing as a picture
  // of its own, and the fewer there are, and the less they reach beyond the frame, the smoother a zoom.
  var Shelves = L.SVG.extend({
    _initContainer: function () {
      L.SVG.prototype._initContainer.call(this);
      var shelves = this._shelves = {}, root = this._rootGroup;
      ["water", "roads", "districts", "reach", "routes", "dots"].forEach(function (name) {
        shelves[name] = root.appendChild(L.SVG.create("g"));
      });
    },
    _addPath: function (layer) {
      L.SVG.prototype._addPath.call(this, layer);
      this._shelves[layer.options.shelf].appendChild(layer._path);
    }
  });
  var renderers = {
    areas: L.svg({pane: "areas", padding: 0.3}), lines: new Shelves({pane: "lines", padding: 0.3}),
    sites: L.svg({pane: "sites", padding: 0.3})
  };

  function openAt(latlng, content) {
    L.popup({maxWidth: 340}).setLatLng(latlng).setContent(content).openOn(map);
  }

  // ---- shares by small area, district or constituency
  // outlines are read once, and drawn when a layer is first shown
  var outlines = {};
  function outlinesOf(unit) {
    outlines[unit] = outlines[unit] || data.shapes[unit].rings.map(function (rings) {
      return rings.map(function (ring) { return decode(ring); });
    });
    return outlines[unit];
  }
  function areaLayer(key, values, className, popup) {
    var group = L.layerGroup(), shapes = [];
    group.infraKey = key;
    group.infraShapes = function () {
      if (!shapes.length) {
        shapes = outlinesOf(values.unit).map(function (rings, i) {
          var shape = L.polygon(rings, {
            renderer: renderers.areas, pane: "areas", smoothFactor: 0, noClip: true, weight: 1, className: className(i)
          });
          shape.on("click", function (event) { openAt(event.latlng, popup(i)); });
          group.addLayer(shape);
          return shape;
        });
      }
      return shapes;
    };
    group.onAdd = function (on) {
      group.infraShapes();
      return L.LayerGroup.prototype.onAdd.call(group, on);
    };
    layers[key] = group;
    openers[key] = popup;
    return group;
  }
  function headed(title, below) {
    var box = element("div", null, "pop");
    box.appendChild(element("h3", title));
    if (below) { box.appendChild(element("p", below)); }
    return box;
  }

  function pictureLayer(key) {
    var values = data.pictures[key], names = data.shapes[values.unit].name;
    var at = positions(values.marks), small = values.unit === "small area";
    function popup(i) {
      var box = headed(names[i], small ? word(data.area_district, i) : values.unit);
      if (at[i] < 0) {
        box.appendChild(element("p", values.label + ": no data", "say"));
        return box;
      }
      var table = box.appendChild(element("table")).appendChild(element("tbody"));
      figureRow(table, values.label, values.share, at[i], values.marks[i].slice(-1));
      if (values.without) { figureRow(table, "Premises without", values.without, at[i], ""); }
      return box;
    }
    return areaLayer(key, values, function (i) {
      return (small ? "area k" : "seat k") + (values.marks[i] || "none");
    }, popup);
  }

  // ---- the gap and the need at once: a mark is the class of each and the grade of the gap
  function needLayer() {
    var values = data.need, names = data.shapes[values.unit].name, at = positions(values.marks);
    function popup(i) {
      var box = headed(names[i], word(data.area_district, i)), mark = values.marks[i];
      if (at[i] < 0) {
        box.appendChild(element("p", values.label + ": no data", "say"));
        return box;
      }
      box.appendChild(element("p", "Full fibre: " + values.words.gap[+mark.charAt(0)] +
        ". Deprivation: " + values.words.need[+mark.charAt(1)] + ".", "say"));
      var table = box.appendChild(element("table")).appendChild(element("tbody"));
      figureRow(table, "Full fibre, share of premises", values.share, at[i], mark.charAt(2));
      figureRow(table, "Deprivation decile, 1 is most deprived", values.decile, at[i], "m");
      return box;
    }
    return areaLayer("need", values, function (i) {
      var mark = values.marks[i];
      return "area " + (mark ? "b" + mark + " b" + mark.slice(0, 2) : "knone");
    }, popup);
  }

  // ---- context
  function districtLayer() {
    var group = L.layerGroup();
    data.districts.rings.forEach(function (rings, i) {
      group.addLayer(L.polygon(rings.map(function (ring) { return decode(ring); }), {
        renderer: renderers.lines, pane: "lines", shelf: "districts", className: "district",
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
        renderer: renderers.lines, pane: "lines", shelf: "reach", className: "reach", smoothFactor: 0, noClip: true
      });
      shape.on("click", function (event) {
        var box = headed(held.name[i]);
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
          var line = L.polyline(points, {renderer: renderers.lines, pane: "lines", shelf: "routes", className: name, smoothFactor: 0.5});
          line.on("click", function (event) { openAt(event.latlng, element("p", "New fibre: " + part.words)); });
          group.addLayer(line);
        });
      });
    });
    return group;
  }

  function waterLayer() {
    var group = L.layerGroup(), held = data.water;
    function drawn(points, Shape, name) {
      group.addLayer(new Shape(points, {
        renderer: renderers.lines, pane: "lines", shelf: "water", className: name, interactive: false, smoothFactor: 0.5
      }));
    }
    held.rings.forEach(function (rings) { drawn(rings.map(function (ring) { return decode(ring); }), L.Polygon, "lake"); });
    held.lines.forEach(function (text) { drawn(decode(text), L.Polyline, "river"); });
    return group;
  }

  function roadLayer() {
    var group = L.layerGroup();
    data.roads.forEach(function (text) {
      group.addLayer(L.polyline(decode(text), {
        renderer: renderers.lines, pane: "lines", shelf: "roads", className: "road", interactive: false
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
    var box = headed(sites.name[i], [word(sites.kind, i), word(sites.owner, i), word(sites.lad_name, i), sites.postcode[i]].filter(Boolean).join(", "));
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

  // from far away the rules between small areas are a net over the colours, and a third of the work of a zoom
  var FINE_PX = 30, EQUATOR_M_PX = 156543;
  function fitRules() {
    var metres = EQUATOR_M_PX * Math.cos(map.getCenter().lat * Math.PI / 180) / Math.pow(2, map.getZoom());
    map.getContainer().classList.toggle("far", data.area_m / metres < FINE_PX);
  }
  map.on("zoomend", fitRules);
  map.whenReady(fitRules);

  // where there are many sites their dots stay small until the reader comes near
  if (sites.name.length - sites.numbered > 150) { map.getContainer().classList.add("crowded"); }
  var dots = [], crowd = sites.name.length - sites.numbered;
  function dotRadius(kind) {
    var near = Math.max(0, Math.min(1, (map.getZoom() - 10.5) / 3));
    var size = crowd > 150 ? 1.6 + 3.4 * near : 5;
    return kind === "out" ? 0.6 * size : size;
  }
  // set before Leaflet draws every dot in its new place: setRadius would draw each twice
  map.on("zoom", function () {
    dots.forEach(function (dot) { dot[0].options.radius = dot[0]._radius = dotRadius(dot[1]); });
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
        renderer: renderers.lines, pane: "lines", shelf: "dots", className: "dot " + kind, radius: dotRadius(kind)
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
    var shape = layers[key] && layers[key].infraShapes()[i];
    if (!shape) { return; }
    choose(key);
    map.fitBounds(shape.getBounds(), {maxZoom: 14, animate: false});
    map.getContainer().scrollIntoView({block: "nearest"});
    openAt(shape.getBounds().getCenter(), openers[key](i));
  }
  function showPlace(at, words, zoom) {
    map.setView(at, zoom, {animate: false});
    map.getContainer().scrollIntoView({block: "nearest"});
    openAt(at, headed(words));
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
  var onScreen = null, paper = window.matchMedia("print");
  function refit() {
    if (onScreen) { map.fitBounds(onScreen, {animate: false}); }
    if (!paper.matches) { onScreen = null; }
  }
  paper.addEventListener("change", function () {
    if (paper.matches) { onScreen = map.getBounds(); }
    map.invalidateSize({animate: false, pan: false});
    refit();
  });
  map.on("resize", refit);
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
    tidy.fit();
  }

  // the switches stand beside the map, where they hide nothing
  function dock(control) {
    var place = document.getElementById("layers");
    if (place && control) { place.appendChild(control.getContainer()); }
    map.invalidateSize(false);
    tidy.settle();
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

  var app = {map: map, data: data, markers: markers, names: names, renderers: renderers,
    showSite: showSite, showArea: showArea, showPlace: showPlace};
  var tidy = infraNames(app);
  infraFind(app);

  return {picture: pictureLayer, need: needLayer, plain: plainLayer, raster: rasterLayer, water: waterLayer,
    roads: roadLayer, districts: districtLayer, places: tidy.places, catchments: catchmentLayer,
    routes: routeLayer, sites: siteLayer, dock: dock, start: start};
}
