// Ranks the sites again under the reader's weights, by the rules of scenarios/ranking.py.
// Text from files reaches the page as text only, never as markup.
function infraRanker(table) {
  "use strict";
  var UNITS = 10000, n = table.name.length, width = table.criteria.length;
  var value = [0, 1, 2].map(function () { return new Float64Array(n * width); });
  var missing = new Uint8Array(n * width);
  table.criteria.forEach(function (c, at) {
    for (var i = 0; i < n; i++) {
      var place = i * width + at;
      value[0][place] = c.mid[i] / UNITS;
      value[1][place] = (c.mid[i] - c.below[i]) / UNITS;
      value[2][place] = (c.mid[i] + c.above[i]) / UNITS;
      missing[place] = c.missing.charAt(i) === "1" ? 1 : 0;
    }
  });
  var score = [0, 1, 2].map(function () { return new Int32Array(n); });
  var status = new Uint8Array(n), rank = new Int32Array(n);
  var best = new Int32Array(n), worst = new Int32Array(n), order = new Int32Array(n);
  var chosen = new Uint8Array(n), verified = new Uint8Array(n);
  var above = [0, 1, 2].map(function () { return new Int32Array(UNITS + 3); });
  var part = new Float64Array(width), eight = new Float64Array(8);

  function even(x) {
    var whole = Math.round(x);
    return x - Math.floor(x) === 0.5 && whole % 2 !== 0 ? whole - 1 : whole;
  }

  // numpy adds fewer than eight numbers in turn, and more in eight strands
  function total(from, weights, start) {
    var i, sum = 0, whole = width - width % 8;
    for (i = 0; i < width; i++) { part[i] = from[start + i] * weights[i]; }
    if (width < 8) {
      for (i = 0; i < width; i++) { sum += part[i]; }
      return sum;
    }
    for (i = 0; i < 8; i++) { eight[i] = part[i]; }
    for (i = 8; i < whole; i++) { eight[i % 8] += part[i]; }
    sum = ((eight[0] + eight[1]) + (eight[2] + eight[3])) + ((eight[4] + eight[5]) + (eight[6] + eight[7]));
    for (; i < width; i++) { sum += part[i]; }
    return sum;
  }

  function walk(count, target, most) {
    var left = table.budget;
    target.fill(0);
    for (var k = 0; k < count; k++) {
      var i = order[k], cost = table.cost[i];
      if (status[i] <= most && cost !== null && cost <= left) {
        target[i] = 1;
        left -= cost;
      }
    }
  }

  // status: 0 ranked, 1 to verify, 2 not ranked, 3 excluded
  function judge(i, weights) {
    if (table.state.charAt(i) === "x") { return 3; }
    var known = 0, start = i * width;
    for (var c = 0; c < width; c++) { if (!missing[start + c]) { known += weights[c]; } }
    if (even(100 * known * 1e6) / 1e6 < table.minimum) { return 2; }
    return table.state.charAt(i) === "v" ? 1 : 0;
  }

  return function (weights) {
    var i, k, end, count = 0;
    above.forEach(function (held) { held.fill(0); });
    for (i = 0; i < n; i++) {
      for (end = 0; end < 3; end++) {
        score[end][i] = even(total(value[end], weights, i * width) * UNITS);
      }
      status[i] = judge(i, weights);
      if (status[i] < 2) {
        count++;
        for (end = 0; end < 3; end++) { above[end][score[end][i]]++; }
      }
    }
    // above[k] becomes how many listed sites score more than k
    above.forEach(function (held) {
      var so = 0, here;
      for (k = UNITS + 2; k >= 0; k--) { here = held[k]; held[k] = so; so += here; }
    });
    var next = above[0].slice();
    for (i = 0; i < n; i++) {
      if (status[i] > 1) { rank[i] = best[i] = worst[i] = 0; continue; }
      rank[i] = 1 + above[0][score[0][i]];
      best[i] = 1 + above[1][score[2][i]];
      // every site whose highest score is above this one's lowest, itself not counted
      worst[i] = 1 + above[2][score[1][i]] - (score[2][i] > score[1][i] ? 1 : 0);
      order[next[score[0][i]]++] = i;
    }
    walk(count, chosen, 0);
    walk(count, verified, 1);
    return {
      count: count, order: order, score: score[0], low: score[1], high: score[2], status: status,
      rank: rank, best: best, worst: worst, chosen: chosen, verified: verified
    };
  };
}

// Shares of weight as six decimals that sum to exactly one.
function infraShares(weights) {
  "use strict";
  var MILLION = 1000000;
  var exact = weights.map(function (w) { return w * MILLION; });
  var whole = exact.map(Math.floor);
  var left = MILLION - whole.reduce(function (a, b) { return a + b; }, 0);
  exact.map(function (x, i) { return [x - whole[i], i]; })
    .sort(function (a, b) { return b[0] - a[0] || a[1] - b[1]; })
    .slice(0, Math.max(left, 0))
    .forEach(function (item) { whole[item[1]]++; });
  return whole.map(function (k) { return (k / MILLION).toFixed(6); });
}

// The weights as the lines of a profile.
function infraProfile(table, weights) {
  "use strict";
  var shares = infraShares(weights);
  function comment(text) { return "# " + text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " "); }
  var lines = [
    comment("Weights tried on the board page for: " + table.title),
    comment("Study date " + table.date + ". Put these lines in place of the same settings in a copy of"),
    comment("profile '" + table.profile + "', say who set the weights and when, and run the study again."),
  ];
  if (table.sample) { lines.push(comment("SAMPLE DATA - NOT FOR BIDS")); }
  lines.push("weights_note = \"Tried on the board page, with the scores in sight.\"",
    "weights_set_by = \"\"", "weights_set_on = \"\"", "weights_set_before_scores = false", "");
  table.criteria.forEach(function (c, i) {
    var key = /^[\w-]+$/.test(c.key) ? c.key : JSON.stringify(c.key);
    lines.push(comment(c.label), "[criterion." + key + "]", "weight = " + shares[i], "");
  });
  return lines.join("\n");
}

function infraLive(table, block) {
  "use strict";
  var SVG = "http://www.w3.org/2000/svg", STATUS = ["ranked", "to verify", "not ranked", "excluded"];
  var rankNow = infraRanker(table), bid = table.criteria.map(function (c) { return c.weight; });
  function part(name) { return block.querySelector("[data-part='" + name + "']"); }
  var sliders = [].slice.call(block.querySelectorAll("input[type=range]"));
  var body = part("rows"), printed = [].slice.call(body.children), caption = part("caption");
  var said = part("said"), warning = part("warning"), reset = part("reset"), most = part("most");
  var marks = {kept: part("kept"), entered: part("entered"), left: part("left")};
  var words = caption.textContent, timer = 0, last = null, weights = bid;

  function copy(result) {
    return {rank: result.rank.slice(), chosen: result.chosen.slice(), verified: result.verified.slice()};
  }
  var first = copy(rankNow(bid));
  var followed = first.chosen.indexOf(1) >= 0 ? "chosen" : "verified";
  var setName = followed === "chosen" ? "the chosen set" : "the set that confirmed gates would give";

  function element(tag, text, name) {
    var node = document.createElement(tag);
    if (text !== undefined && text !== null) { node.textContent = text; }
    if (name) { node.className = name; }
    return node;
  }
  function drawn(tag, attributes) {
    var node = document.createElementNS(SVG, tag);
    Object.keys(attributes).forEach(function (key) { node.setAttribute(key, attributes[key]); });
    return node;
  }
  function word(column, i) { return column.words[column.at[i]]; }
  function pounds(value) {
    return value === null ? "no data" : "£" + Math.round(value).toLocaleString("en-GB");
  }
  function several(count, what) { return count + " " + what + (count === 1 ? "" : "s"); }
  function two(units) { return (units / 10000).toFixed(2); }

  function bar(result, i) {
    var node = drawn("svg", {"class": "bar", viewBox: "0 0 120 14", width: 120, height: 14, "aria-hidden": "true"});
    var low = 0.012 * result.low[i], high = 0.012 * result.high[i];
    node.appendChild(drawn("rect", {"class": "ground", width: 120, height: 14}));
    node.appendChild(drawn("rect", {"class": "score", width: 0.012 * result.score[i], height: 14}));
    if (high > low) {
      node.appendChild(drawn("path", {"class": "range",
        d: "M" + low + ",7H" + high + "M" + low + ",3V11M" + high + ",3V11"}));
    }
    return node;
  }

  function statusWords(result, i) {
    if (result.chosen[i]) { return "chosen"; }
    var text = STATUS[result.status[i]];
    return result.status[i] === 1 && result.verified[i] ? text + ", then chosen" : text;
  }

  function line(result, i) {
    var row = element("tr"), cell = element("td", result.rank[i], "num");
    var was = first.rank[i];
    if (was !== result.rank[i]) {
      cell.appendChild(element("span", was ? " was " + was : " did not rank", "was"));
    }
    row.appendChild(cell);
    row.appendChild(element("th", table.name[i])).scope = "row";
    row.appendChild(element("td", word(table.kind, i)));
    var score = row.appendChild(element("td", null, "score"));
    score.appendChild(bar(result, i));
    score.appendChild(document.createTextNode(" " + two(result.score[i]) + " "));
    if (result.high[i] > result.low[i]) {
      score.appendChild(element("span", "(" + two(result.low[i]) + " to " + two(result.high[i]) + ")", "range-text"));
    }
    row.appendChild(element("td", word(table.district, i)));
    row.appendChild(element("td", pounds(table.cost[i]), "num"));
    row.appendChild(element("td", statusWords(result, i), "status"));
    return row;
  }

  // ---- marks on the map: a filled circle stays, a square enters, a cross leaves
  function circle(x, y) { return "M" + (x - 7) + "," + y + "a7,7 0 1,0 14,0a7,7 0 1,0 -14,0z"; }
  function square(x, y) { return "M" + (x - 8) + "," + (y - 8) + "h16v16h-16z"; }
  function cross(x, y) { return "M" + (x - 7) + "," + (y - 7) + "l14,14M" + (x + 7) + "," + (y - 7) + "l-14,14"; }

  function compare(now) {
    var found = {entered: [], left: [], cost: 0, count: 0}, paths = {kept: "", entered: "", left: ""};
    for (var i = 0; i < now.length; i++) {
      var is = now[i], was = first[followed][i];
      if (!is && !was) { continue; }
      if (is) { found.count++; found.cost += table.cost[i]; }
      var kind = is && was ? "kept" : is ? "entered" : "left";
      if (kind !== "kept") { found[kind].push(i); }
      var at = table.at[i];
      if (at) { paths[kind] += (kind === "kept" ? circle : kind === "entered" ? square : cross)(at[0], at[1]); }
    }
    Object.keys(paths).forEach(function (kind) { if (marks[kind]) { marks[kind].setAttribute("d", paths[kind]); } });
    return found;
  }

  function listed(places, result) {
    var names = places.slice().sort(function (a, b) {
      return (result.rank[a] || 1e9) - (result.rank[b] || 1e9) || a - b;
    }).map(function (i) { return table.name[i] + " (" + word(table.kind, i) + ", " + word(table.district, i) + ")"; });
    return names.length > 6 ? names.slice(0, 6).join("; ") + "; and " + (names.length - 6) + " more" : names.join("; ");
  }

  function sentence(result, found, same) {
    if (same) { return "These are the bid's weights, and this is the bid's ranking."; }
    var top = result.count ? result.order[0] : -1, out = ["This is no longer the bid's ranking."];
    if (top >= 0) { out.push("First is " + table.name[top] + ", with a score of " + two(result.score[top]) + "."); }
    if (!found.entered.length && !found.left.length) {
      out.push(found.count ? "The same " + several(found.count, "site") + " stay in " + setName + "." :
        "No site is in " + setName + ".");
    } else {
      if (found.entered.length) {
        out.push(several(found.entered.length, "site") + (found.entered.length === 1 ? " enters " : " enter ") +
          setName + ": " + listed(found.entered, result) + ".");
      }
      if (found.left.length) {
        out.push(several(found.left.length, "site") + (found.left.length === 1 ? " leaves" : " leave") +
          " it: " + listed(found.left, result) + ".");
      }
    }
    out.push("It would hold " + several(found.count, "site") + " and cost " + pounds(found.cost) +
      " of a budget of " + pounds(table.budget) + ".");
    return out.join(" ");
  }

  function show(result, found, same) {
    var rows = printed, count = +most.value;
    if (!same || count !== printed.length) {
      rows = [];
      for (var k = 0; k < Math.min(count, result.count); k++) { rows.push(line(result, result.order[k])); }
    }
    if (same && count <= printed.length) { rows = printed; }
    body.replaceChildren.apply(body, rows);
    caption.textContent = same ? words : "What if: not the bid's ranking";
    warning.hidden = same;
    reset.disabled = same;
    window.clearTimeout(timer);
    // a screen reader hears the outcome once, when the slider rests
    timer = window.setTimeout(function () { said.textContent = sentence(result, found, same); }, 250);
  }

  function update() {
    var points = sliders.map(function (s) { return +s.value; });
    var sum = points.reduce(function (a, b) { return a + b; }, 0);
    if (!(sum > 0)) {
      said.textContent = "Give at least one criterion some weight.";
      return;
    }
    weights = points.map(function (p) { return p / sum; });
    var same = weights.every(function (w, i) { return Math.abs(w - bid[i]) < 1e-9; });
    if (same) { weights = bid; }
    sliders.forEach(function (s, i) {
      var share = (100 * weights[i]).toFixed(1) + " %";
      s.nextElementSibling.textContent = share;
      s.setAttribute("aria-valuetext", share + " of the weight");
    });
    last = rankNow(weights);
    show(last, compare(last[followed]), same);
  }

  function save(name, kind, text) {
    var link = element("a");
    link.href = URL.createObjectURL(new Blob([text], {type: kind + ";charset=utf-8"}));
    link.download = name;
    document.body.appendChild(link);
    link.click();
    link.remove();
    window.setTimeout(function () { URL.revokeObjectURL(link.href); }, 1000);
  }

  function cell(value) {
    var text = String(value);
    if (/^[=+\-@\t\r]/.test(text)) { text = "'" + text; }
    return /[",\n]/.test(text) ? "\"" + text.replace(/"/g, "\"\"") + "\"" : text;
  }

  function csv() {
    var lines = [["rank", "rank_in_bid", "name", "kind", "district", "score", "cost_gbp", "status"]];
    for (var k = 0; k < last.count; k++) {
      var i = last.order[k];
      lines.push([last.rank[i], first.rank[i] || "", table.name[i], word(table.kind, i), word(table.district, i),
        (last.score[i] / 10000).toFixed(4), table.cost[i] === null ? "" : table.cost[i], statusWords(last, i)]);
    }
    var note = (table.sample ? "SAMPLE DATA - NOT FOR BIDS. " : "") + "What if: not the bid's ranking unless the weights are the bid's";
    return cell(note) + "\r\n" + lines.map(function (row) { return row.map(cell).join(","); }).join("\r\n") + "\r\n";
  }

  sliders.forEach(function (s) { s.addEventListener("input", update); });
  most.addEventListener("change", update);
  reset.addEventListener("click", function () {
    sliders.forEach(function (s) { s.value = s.defaultValue; });
    update();
    sliders[0].focus();
  });
  part("profile").addEventListener("click", function () {
    save(table.key + "-weights.toml", "application/toml", infraProfile(table, weights));
  });
  part("csv").addEventListener("click", function () { save(table.key + "-what-if.csv", "text/csv", csv()); });
  block.querySelectorAll("[data-live]").forEach(function (node) { node.hidden = false; });
  update();
  return update;
}

if (typeof module !== "undefined") {
  module.exports = {infraRanker: infraRanker, infraShares: infraShares, infraProfile: infraProfile};
} else {
  document.querySelectorAll("script[type='application/json'][data-case]").forEach(function (held) {
    var block = document.getElementById(held.dataset.case);
    if (block) { infraLive(JSON.parse(held.textContent), block); }
  });
}
