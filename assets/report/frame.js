// Frame of every figure: title, legend, plot, downloads, and the table of its numbers.

const SVG = "http://www.w3.org/2000/svg";
const frames = [];

/** Small symbol of a design or a cause of loss, as in the figures. */
function mark(name, parent) {
  const group = document.createElementNS(SVG, "path"),
    cause = CAUSES.find((known) => known.words === name);
  const shape = cause
    ? d3.symbolSquare
    : (d3[`symbol${symbolOf(name)[0].toUpperCase()}${symbolOf(name).slice(1)}`] ?? d3.symbolCircle);
  group.setAttribute("d", d3.symbol(shape, 70)());
  group.setAttribute("fill", cause ? cause.color : colorOf(name));
  parent.append(group);
  return group;
}

function legend(names) {
  return make(
    "ul",
    { class: "legend" },
    ...names.map((name) => {
      const icon = document.createElementNS(SVG, "svg");
      icon.setAttribute("width", 13);
      icon.setAttribute("height", 13);
      icon.setAttribute("viewBox", "-6.5 -6.5 13 13");
      icon.setAttribute("aria-hidden", "true");
      mark(name, icon);
      return make("li", {}, icon, name);
    }),
  );
}

/** Table of the numbers behind a figure, for readers who cannot see it or point at it. */
function numbersTable(numbers) {
  const cell = (tag, text) => make(tag, { scope: tag === "th" ? "col" : undefined }, text ?? "–");
  return make(
    "div",
    { class: "scroll", tabindex: "0" },
    make(
      "table",
      {},
      make("thead", {}, make("tr", {}, ...numbers.columns.map((name) => cell("th", name)))),
      make(
        "tbody",
        {},
        ...numbers.rows.map((row) => make("tr", {}, ...row.map((text) => cell("td", text)))),
      ),
    ),
  );
}

/** The drawing with title and legend as an SVG file of its own, colours resolved. */
function standalone(frame) {
  const drawn = frame.plot.querySelector("svg:not(.legend svg)");
  const style = getComputedStyle(document.documentElement);
  const value = (name) => style.getPropertyValue(name).trim();
  const width = +drawn.getAttribute("width"),
    height = +drawn.getAttribute("height");
  const root = document.createElementNS(SVG, "svg");
  const font = "DejaVu Sans, Verdana, sans-serif";
  const text = (x, y, size, weight, fill, words) => {
    const element = document.createElementNS(SVG, "text");
    for (const [name, value] of Object.entries({
      x,
      y,
      "font-size": size,
      "font-weight": weight,
      fill,
      "font-family": font,
    })) {
      element.setAttribute(name, value);
    }
    element.textContent = words;
    root.append(element);
  };
  const wrap = (words, room) =>
    words.split(/\s+/).reduce((lines, word) => {
      const last = lines.length - 1;
      if (last >= 0 && (lines[last] + word).length < room) lines[last] += ` ${word}`;
      else lines.push(word);
      return lines;
    }, []);
  let top = 8;
  for (const line of wrap(frame.title, width / 9))
    text(10, (top += 19), 15, 700, value("--ink"), line);
  for (const line of wrap(frame.subtitle, width / 6.6))
    text(10, (top += 16), 11, 400, value("--soft"), line);
  top += 8;
  let x = 10;
  for (const name of frame.legend) {
    const wide = 28 + widthOf(name);
    if (x > 10 && x + wide > width) [x, top] = [10, top + 16];
    const group = document.createElementNS(SVG, "g");
    group.setAttribute("transform", `translate(${x + 6},${top + 8})`);
    mark(name, group);
    root.append(group);
    text(x + 16, top + 12, 11, 400, value("--ink"), name);
    x += wide;
  }
  if (frame.legend.length) top += 20;
  const inner = drawn.cloneNode(true);
  inner.setAttribute("x", 0);
  inner.setAttribute("y", top);
  inner.querySelectorAll("[aria-label=tip]").forEach((tip) => tip.remove());
  const foot = wrap(`${about.scenario.title || "Consortia"}. ${frame.note}`, width / 5.6);
  root.append(inner);
  let low = top + height;
  for (const line of foot) text(10, (low += 14), 9.5, 400, value("--soft"), line);
  const ground = document.createElementNS(SVG, "rect");
  ground.setAttribute("width", "100%");
  ground.setAttribute("height", "100%");
  ground.setAttribute("fill", value("--paper"));
  root.prepend(ground);
  root.setAttribute("xmlns", SVG);
  root.setAttribute("width", width);
  root.setAttribute("height", low + 10);
  root.setAttribute("viewBox", `0 0 ${width} ${low + 10}`);
  root.setAttribute("font-family", font);
  root.setAttribute("color", value("--ink"));
  return new XMLSerializer()
    .serializeToString(root)
    .replace(/var\((--[\w-]+)\)/g, (_, name) => value(name));
}

function savePng(frame) {
  const url = URL.createObjectURL(new Blob([standalone(frame)], { type: "image/svg+xml" }));
  const image = new Image();
  image.onload = () => {
    const canvas = make("canvas", { width: 2 * image.width, height: 2 * image.height });
    const context = canvas.getContext("2d");
    context.scale(2, 2);
    context.drawImage(image, 0, 0);
    URL.revokeObjectURL(url);
    canvas.toBlob((blob) => save(`${frame.id}.png`, blob), "image/png");
  };
  image.src = url;
}

/** Note below every figure. */
const runs = manifest.replications
  ? `${manifest.replications} replications per design, seed ${manifest.seed}`
  : "";

/**
 * Puts a figure on the page. `draw(width)` returns `{ options, numbers, summary, title?, subtitle?,
 * legend? }`: options of Plot, the numbers behind the figure as `{ columns, rows }`, and a sentence
 * for readers who cannot see it; null if there is nothing to draw.
 */
function figure(
  place,
  { id, title, subtitle = "", note = runs, wide = false, controls = [], draw },
) {
  const heading = make("h3", {}, title),
    said = make("p", { class: "subtitle" }, subtitle);
  const plot = make("div", { class: "plot" }),
    numbers = make("details", {}, make("summary", {}, "Numbers"));
  const frame = { id, title, subtitle, note, legend: [], plot, failed: false };
  const actions = make(
    "div",
    { class: "actions" },
    make(
      "button",
      {
        type: "button",
        onclick: () => save(`${id}.svg`, new Blob([standalone(frame)], { type: "image/svg+xml" })),
      },
      "SVG",
    ),
    make("button", { type: "button", onclick: () => savePng(frame) }, "PNG"),
    numbers,
  );
  const element = make(
    "figure",
    { id: `figure-${id}`, class: wide ? "wide" : false },
    heading,
    said,
    controls.length ? make("div", { class: "controls" }, ...controls) : null,
    plot,
    make("figcaption", {}, note),
    actions,
  );
  place.append(element);
  frame.redraw = () => {
    const width = Math.max(260, Math.floor(plot.clientWidth || element.clientWidth - 28));
    const found = draw(width);
    plot.replaceChildren();
    numbers.replaceChildren(numbers.firstElementChild);
    actions.hidden = !found;
    if (!found) {
      plot.append(make("p", { class: "note" }, "Nothing to show for this choice."));
      return;
    }
    Object.assign(frame, {
      title: found.title ?? title,
      subtitle: found.subtitle ?? subtitle,
      legend: found.legend ?? [],
    });
    heading.textContent = frame.title;
    said.textContent = frame.subtitle;
    if (frame.legend.length) plot.append(legend(frame.legend));
    const { x, ...options } = found.options;
    // A label wider than the axis is right-aligned and extends to the left.
    const room = width - (options.marginLeft ?? 40) - (options.marginRight ?? 20);
    const wide = widthOf(x?.label ?? "") > room;
    const drawn = Plot.plot({
      width,
      marginTop: 30,
      marginBottom: 46,
      style: {
        fontFamily: "inherit",
        fontSize: "12px",
        background: "transparent",
        overflow: "visible",
      },
      x: { labelAnchor: wide ? "right" : "center", labelArrow: "none", labelOffset: 38, ...x },
      ...options,
    });
    const svg = drawn.tagName.toLowerCase() === "svg" ? drawn : drawn.querySelector("svg");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", `${frame.title}. ${found.summary ?? ""}`);
    plot.append(drawn);
    numbers.append(numbersTable(found.numbers));
  };
  // Drawn when all frames are in place, because only then is their width known.
  frames.push(frame);
  whenChosen(frame.redraw);
  return element;
}

let waiting = 0,
  before = window.innerWidth;
window.addEventListener("resize", () => {
  if (window.innerWidth === before) return;
  before = window.innerWidth;
  clearTimeout(waiting);
  waiting = setTimeout(() => frames.forEach((frame) => frame.redraw()), 120);
});

const pen = document.createElement("canvas").getContext("2d");
const widths = new Map();

/** Width of a text in figures, pixels. */
function widthOf(text) {
  if (!widths.size) pen.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  if (!widths.has(text)) widths.set(text, pen.measureText(text).width);
  return widths.get(text);
}

/**
 * Margin for names beside a plot: the longest name, but at most a share of the width; longer ones
 * are shortened.
 */
function roomFor(names, width, most = 0.42) {
  const longest = d3.max(names, widthOf) ?? 0;
  const margin = Math.min(Math.floor(most * width), 16 + Math.ceil(longest));
  const fit = (text) => {
    let letters = [...text].length;
    while (letters > 6 && widthOf(brief(text, letters)) > margin - 14) letters -= 1;
    return brief(text, letters);
  };
  return { margin, name: fit };
}

/** Means of table rows as dots with their 95 % interval, one line per name; `by` groups lines. */
function intervals(
  file,
  rows,
  {
    y,
    by,
    column = "mean",
    error = "se",
    x,
    width,
    color = (row) => colorOf(row.organisation),
    zero = true,
    name = (id) => id,
    group = (id) => id,
    domain,
    say,
  },
) {
  const half = (row) => 1.96 * (number(row[error]) || 0);
  const data = rows.filter((row) => Number.isFinite(number(row[column])));
  if (!data.length) return null;
  const names = [...new Set(data.map((row) => row[y]))];
  const room = roomFor(names.map(name), width),
    groups = by ? [...new Set(data.map((row) => row[by]))] : [""];
  const right = roomFor(by ? groups.map(group) : [], width, 0.3);
  const tell = (row) =>
    [
      by ? `${group(row[by])} – ${name(row[y])}` : name(row[y]),
      `${say ? say(row) : `${shown(file, row, column)}${row[error] ? ` ± ${shown(file, row, error)}` : ""}`}${row.unit ? ` ${row.unit.replace("km3", "km³")}` : ""}`,
      row[error]
        ? `95 %: ${short(number(row[column]) - half(row))} to ${short(number(row[column]) + half(row))}`
        : null,
      row.n ? `n = ${row.n}` : null,
    ]
      .filter(Boolean)
      .join("\n");
  const facet = by ? { fy: by } : {};
  return {
    options: {
      marginLeft: room.margin,
      marginRight: by ? right.margin : 16,
      height: 76 + groups.length * (names.length * (by ? 17 : 26) + (by ? 8 : 0)),
      x: { label: x, grid: true, nice: true, ticks: Math.max(3, Math.floor(width / 110)) },
      y: {
        label: null,
        domain: domain ?? names,
        tickFormat: (id) => room.name(name(id)),
        tickSize: 0,
      },
      fy: by
        ? { label: null, domain: groups, tickFormat: (id) => right.name(group(id)), padding: 0.12 }
        : undefined,
      marks: [
        zero ? Plot.ruleX([0], { stroke: "var(--soft)" }) : null,
        by ? Plot.frame({ stroke: "var(--line)" }) : null,
        Plot.ruleY(data, {
          ...facet,
          y,
          x1: (row) => number(row[column]) - half(row),
          x2: (row) => number(row[column]) + half(row),
          stroke: color,
          strokeWidth: 4,
          strokeOpacity: 0.45,
        }),
        Plot.dot(data, {
          ...facet,
          y,
          x: (row) => number(row[column]),
          fill: color,
          r: by ? 4 : 5,
          symbol: (row) => symbolOf(row.organisation),
          title: tell,
          tip: { fill: "var(--paper)" },
        }),
      ],
      symbol: { domain: SYMBOLS, range: SYMBOLS },
    },
    numbers: {
      columns: [by ? "group" : null, "name", "mean", "std. error", "n"].filter(Boolean),
      rows: data.map((row) =>
        [
          by ? group(row[by]) : null,
          name(row[y]),
          shown(file, row, column),
          shown(file, row, error),
          row.n,
        ].filter((cell) => cell !== null),
      ),
    },
    summary: `${data.length} values, from ${short(d3.min(data, (row) => number(row[column])))} to ${short(d3.max(data, (row) => number(row[column])))}.`,
  };
}
