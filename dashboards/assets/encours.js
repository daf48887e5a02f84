// Draws the charts from window.ENCOURS, follows the reader's theme and width, folds the tables, and searches the
// long ones. No request, no evaluation, no dependency but the Plotly bundle beside it.
(function () {
  "use strict";
  var root = document.documentElement;
  var data = window.ENCOURS || {};
  var NARROW = 480;

  // --- charts ---------------------------------------------------------------------------------------------
  var plots = Array.prototype.slice.call(document.querySelectorAll(".plot"));

  function tokens() {
    var style = getComputedStyle(root);
    var known = {};
    return function (name) {
      if (!(name in known)) known[name] = style.getPropertyValue("--" + name).trim();
      return known[name];
    };
  }

  // A copy of a figure with every `var(--token)` replaced by the token's colour now.
  function resolved(value, token) {
    if (typeof value === "string") {
      return value.indexOf("var(--") < 0 ? value : value.replace(/var\(--([a-z0-9]+)\)/g, function (_, name) { return token(name); });
    }
    if (Array.isArray(value)) return value.map(function (item) { return resolved(item, token); });
    if (value && typeof value === "object") {
      var copy = {};
      Object.keys(value).forEach(function (key) { copy[key] = resolved(value[key], token); });
      return copy;
    }
    return value;
  }

  function draw(plot, width) {
    var chart = (data.charts || {})[plot.dataset.chart];
    if (!chart || !window.Plotly || width < 40) return;
    var figure = resolved(width < NARROW ? chart.narrow : chart.wide, tokens());
    figure.layout.width = width;
    plot.style.minHeight = figure.layout.height + "px";
    plot.dataset.drawn = width < NARROW ? "narrow" : "wide";
    plot.dataset.width = String(width);
    window.Plotly.react(plot, figure.data, figure.layout, { displayModeBar: false, responsive: false, doubleClick: false, showTips: false });
  }

  function drawAll(width) {
    plots.forEach(function (plot) { draw(plot, width || Math.floor(plot.clientWidth)); });
  }

  drawAll();
  if (window.ResizeObserver) {
    var waiting = 0;
    var observer = new ResizeObserver(function () {
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(function () {
        plots.forEach(function (plot) {
          var width = Math.floor(plot.clientWidth);
          if (String(width) !== plot.dataset.width && !root.classList.contains("printing")) draw(plot, width);
        });
      });
    });
    plots.forEach(function (plot) { observer.observe(plot); });
  }
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () { drawAll(); });

  // --- tables under the charts: folded on the screen, open on paper -----------------------------------------
  var folds = Array.prototype.slice.call(document.querySelectorAll("details"));
  folds.forEach(function (fold) { fold.open = false; });
  root.classList.add("ready");

  var wereOpen = [];
  window.addEventListener("beforeprint", function () {
    wereOpen = folds.map(function (fold) { return fold.open; });
    folds.forEach(function (fold) { fold.open = true; });
    root.classList.add("printing");
    drawAll(680);
  });
  window.addEventListener("afterprint", function () {
    folds.forEach(function (fold, i) { fold.open = Boolean(wereOpen[i]); });
    root.classList.remove("printing");
    drawAll();
  });

  // --- a chart that follows the reader's choices: its title, bars and table come ready-made -------------------
  Object.keys(data.choices || {}).forEach(function (id) {
    var figure = document.getElementById(id);
    var chart = (data.charts || {})[id];
    var lists = Array.prototype.slice.call(document.querySelectorAll('select[data-chart="' + id + '"]'));
    if (!figure || !chart || !lists.length) return;
    var plot = figure.querySelector(".plot");
    function show() {
      var option = data.choices[id][lists.map(function (list) { return list.value; }).join("|")];
      if (!option) return;
      [chart.wide, chart.narrow].forEach(function (drawing) {
        drawing.data[0].y = option.values;
        drawing.data[0].hovertext = option.hovers;
        drawing.layout.yaxis.range = option.range;
      });
      figure.querySelector(".ct").textContent = option.title;
      figure.querySelector(".summary").textContent = option.title + ".";
      plot.setAttribute("aria-label", option.title + ".");
      Array.prototype.forEach.call(figure.querySelectorAll("tbody tr"), function (line, i) {
        line.cells[1].textContent = option.cells[i];
      });
      draw(plot, Math.floor(plot.clientWidth));
    }
    lists.forEach(function (list) { list.addEventListener("change", show); });
    // A browser may keep the choices of an earlier visit.
    show();
  });

  // --- the long table: search and sort over the whole list --------------------------------------------------
  var LIMIT = 200;
  document.querySelectorAll("input[type=search][data-table]").forEach(function (input) {
    var table = document.getElementById(input.dataset.table);
    var list = data.customers;
    if (!table || !list) return;
    var body = table.tBodies[0];
    var foot = table.tFoot;
    var written = body.innerHTML;
    var output = input.parentElement.querySelector("output");
    var heads = Array.prototype.slice.call(table.tHead.rows[0].cells);
    var order = { column: 1, descending: true };

    function plain(text) {
      return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
    }
    var names = list.map(function (row) { return plain(String(row[0])); });

    function amount(cents) {
      if (cents === 0) return "–";
      var digits = String(Math.abs(cents)).padStart(3, "0");
      var whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+(?!\d))/g, data.format.group);
      return (cents < 0 ? "\u2212" : "") + data.format.before + whole + data.format.decimal + digits.slice(-2) + data.format.after;
    }

    function compare(a, b) {
      var x = list[a][order.column];
      var y = list[b][order.column];
      var found = typeof x === "string" ? x.localeCompare(y, root.lang) : x - y;
      return (order.descending ? -found : found) || a - b;
    }

    function show() {
      var asked = plain(input.value.trim());
      var isPlain = !asked && order.column === 1 && order.descending;
      if (foot) foot.hidden = !isPlain;
      if (isPlain) {
        body.innerHTML = written;
        output.textContent = "";
        return;
      }
      var found = [];
      for (var i = 0; i < list.length; i += 1) if (names[i].indexOf(asked) >= 0) found.push(i);
      found.sort(compare);
      body.textContent = "";
      found.slice(0, LIMIT).forEach(function (index) {
        var line = body.insertRow();
        list[index].forEach(function (value, column) {
          var cell = document.createElement(column ? "td" : "th");
          if (column) cell.className = "n"; else cell.scope = "row";
          cell.textContent = column ? amount(value) : value;
          line.appendChild(cell);
        });
      });
      var text = found.length > LIMIT ? input.dataset.limited.replace("{shown}", String(LIMIT)) : input.dataset.found;
      output.textContent = text.replace("{n}", String(found.length));
    }

    heads.forEach(function (head, column) {
      var label = head.textContent;
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.title = input.dataset.sort.replace("{column}", label);
      head.textContent = "";
      head.appendChild(button);
      button.addEventListener("click", function () {
        order = { column: column, descending: order.column === column ? !order.descending : column > 0 };
        heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", order.descending ? "descending" : "ascending");
        show();
      });
    });
    heads[1].setAttribute("aria-sort", "descending");
    input.addEventListener("input", show);
  });
})();
