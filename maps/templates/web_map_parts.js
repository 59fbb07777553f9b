// Small helpers of the web map: outlines from text, elements, rows of figures.
var infraStill = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
var infraParts = (function () {
  "use strict";
  var GRADES = {m: "measured", e: "estimated", o: "modelled, indicative"};
  var DEGREES = 1e5;

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

  // where each known value stands among the known ones; -1 without data
  function positions(marks) {
    var place = 0;
    return marks.map(function (mark) { return mark ? place++ : -1; });
  }

  function plain(text) { return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ""); }

  return {GRADES: GRADES, DEGREES: DEGREES, decode: decode, element: element, row: row, word: word,
    figureId: figureId, figureRow: figureRow, positions: positions, plain: plain};
})();
