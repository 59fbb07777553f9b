// What must not hide each other: names, and the numbered marks of sites.
function infraNames(app) {
  "use strict";
  var map = app.map, markers = app.markers, names = app.names, renderers = app.renderers;

  function meets(box, taken, room) {
    return taken.some(function (other) {
      return box.left - room < other.right - 2 && box.right + room > other.left + 2 &&
        box.top - room < other.bottom - 2 && box.bottom + room > other.top + 2;
    });
  }

  // ---- names of districts that would run into each other or into a numbered mark step back
  function fitNames() {
    var taken = [];
    markers.forEach(function (marker) {
      var icon = marker && marker.infraHome && map.hasLayer(marker) && marker.getElement();
      if (icon) { taken.push(icon.getBoundingClientRect()); }
    });
    // hidden names keep their boxes, so that all are measured before any is changed
    var nodes = names.map(function (name) { return name.getElement(); }).filter(Boolean);
    var boxes = nodes.map(function (node) { return node.firstChild.getBoundingClientRect(); });
    nodes.forEach(function (node, i) {
      var hit = meets(boxes[i], taken, 0);
      node.classList.toggle("hid", hit);
      if (!hit) { taken.push(boxes[i]); }
    });
    fitPlaces(taken);
  }

  // ---- names of places, the largest first, as many as have room; more as the reader comes near
  var FIRST = 12, MOST = 60, ROOM = 10, LETTER_PX = 6.4, HIGH_PX = 16;
  var held = app.data.places, spots = held ? infraParts.decode(held.at, 1e4) : [];
  var placed = L.layerGroup(), farthest = null;
  function fitPlaces(taken) {
    placed.clearLayers();
    if (!map.hasLayer(placed)) { return; }
    if (farthest === null) { farthest = map.getZoom(); }
    var frame = map.getContainer().getBoundingClientRect(), bounds = map.getBounds();
    var left = Math.min(MOST, FIRST * Math.pow(2, Math.max(0, map.getZoom() - farthest)));
    for (var i = 0; i < spots.length && left > 0; i++) {
      if (!bounds.contains(spots[i])) { continue; }
      var at = map.latLngToContainerPoint(spots[i]), half = LETTER_PX * held.name[i].length / 2;
      var box = {left: frame.left + at.x - half, right: frame.left + at.x + half,
        top: frame.top + at.y - HIGH_PX / 2, bottom: frame.top + at.y + HIGH_PX / 2};
      if (meets(box, taken, ROOM)) { continue; }
      taken.push(box);
      left -= 1;
      placed.addLayer(L.marker(spots[i], {pane: "names", interactive: false, keyboard: false,
        icon: L.divIcon({className: "place small", iconSize: [0, 0], html: named(held.name[i])})}));
    }
  }
  function named(text) {
    var node = document.createElement("span");
    node.textContent = text;
    return node;
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
  map.on("zoomend", settle);
  map.on("overlayadd overlayremove", function () { settle(); fitNames(); });
  map.on("resize moveend", fitNames);

  return {settle: settle, fit: fitNames, places: function () { return placed; }};
}
