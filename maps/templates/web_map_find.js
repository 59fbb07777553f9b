// Search of the web map, by the name of a site, an area or a place, or by postcode.
function infraFind(app) {
  "use strict";
  var P = infraParts, decode = P.decode, element = P.element, plain = P.plain, word = P.word;
  var data = app.data, sites = data.sites, PLACE_DEGREES = 1e4;

  var things = sites.name.map(function (name, i) {
    var place = [word(sites.kind, i), sites.postcode[i]].filter(Boolean).join(", ");
    return {words: name + (place ? " (" + place + ")" : ""), key: plain(name) + " " + plain(sites.postcode[i]),
      go: function () { app.showSite(i); }, there: !!sites.at[i]};
  });
  data.shapes["small area"].name.forEach(function (name, i) {
    things.push({words: name + " (small area)", key: plain(name), go: function () { app.showArea(i); }, there: true});
  });
  var places = data.places, spots = places ? decode(places.at, PLACE_DEGREES) : [];
  spots.forEach(function (at, i) {
    var words = places.name[i] + " (place)";
    things.push({words: words, key: plain(places.name[i]), go: function () { app.showPlace(at, words, 14); }, there: true});
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
      var points = decode(held.at[sector], POSTCODE_DEGREES);
      app.showPlace(points[zoom === 16 ? k : Math.floor(points.length / 2)], words, zoom);
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
}
