"use strict";
// Data of the page: notes on the run, and the tables as they are in the folder.

/** Shows an error on the page; sentences and record stay readable. */
const fail = (message) => {
  const place = document.getElementById("fault");
  place.hidden = false;
  place.querySelector("span").textContent = message;
  document.documentElement.dataset.ready = "failed";
};
window.addEventListener("error", (event) => fail(event.message));

const page = JSON.parse(document.getElementById("data").textContent);
const { about, manifest } = page;

/** Parses a number of a table; NaN if the cell is empty. */
const number = (text) => (text === undefined || text === "" ? NaN : +text);

const tables = new Map(
  page.tables.map((table) => {
    // Not csvParse: it creates functions from text, which the page's security policy forbids.
    const [columns, ...lines] = d3.csvParseRows(table.csv);
    const rows = lines.map((line, at) => {
      const row = Object.fromEntries(columns.map((column, place) => [column, line[place]]));
      return Object.defineProperty(row, "at", { value: at });
    });
    return [table.file, { ...table, rows, columns }];
  }),
);
const rowsOf = (file) => tables.get(file)?.rows ?? [];

/** Cell of a table, rounded as on the terminal where a rounded value is known. */
const shown = (file, row, column) => tables.get(file)?.shown[column]?.[row.at] ?? row[column];

const measures = new Map(about.measures.map((measure) => [measure.id, measure]));
const titleOf = (id) => measures.get(id)?.title ?? id.replaceAll("_", " ");
const inSentence = (title) => title.slice(0, 1).toLowerCase() + title.slice(1);
const unitOf = (id) => measures.get(id)?.unit ?? "";
const axisOf = (id) => (unitOf(id) ? `${titleOf(id)}, ${unitOf(id)}` : titleOf(id));

const stateNames = new Map(about.scenario.states);
const stateName = (id) => (id === "region" ? "whole region" : (stateNames.get(id) ?? id));

// Designs in the order of the run, then those that only tables name, such as the reference of a
// run.
const designs = about.organisations.map((note) => note.name);
for (const file of ["years.csv", "summary.csv"]) {
  for (const row of rowsOf(file))
    if (!designs.includes(row.organisation)) designs.push(row.organisation);
}
const places = new Map(designs.map((name, at) => [name, at]));
const colorOf = (name) =>
  places.has(name) ? `var(--design-${places.get(name) % 8})` : "var(--ink)";
const SYMBOLS = ["circle", "square", "triangle", "diamond", "star", "wye", "cross", "diamond2"];
const symbolOf = (name) => SYMBOLS[(places.get(name) ?? 0) % SYMBOLS.length];

/** Formats a number with three significant digits. */
const short = (x) => {
  if (!Number.isFinite(x)) return "–";
  if (x === 0) return "0";
  const digits = Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(x)))));
  const text = x.toFixed(digits);
  return text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
};

/** Note on what the page leaves out of a table, for figures made from it. */
const leftOut = (file) =>
  tables.get(file)?.left_out ? ` Left out here: ${tables.get(file).left_out}.` : "";

/** Shortens a long name by leaving out its middle. */
const brief = (text, most) => {
  const letters = [...text];
  if (letters.length <= most) return text;
  const half = Math.floor((most - 1) / 2);
  return `${letters.slice(0, half).join("")}…${letters.slice(-half).join("")}`;
};

// The current selection, and callbacks that run when it changes.
const chosen = {
  designs: new Set(designs.slice(0, Math.max(about.organisations.length, 1))),
  states: new Set(["region", ...stateNames.keys()]),
  measure: rowsOf("ranking.csv")[0]?.measure ?? "gain_per_year",
  state: "region",
  year: "depth_delivered",
};
const callbacks = [];
const whenChosen = (callback) => callbacks.push(callback);
const choose = (change) => {
  Object.assign(chosen, change);
  for (const callback of callbacks) callback();
};
const isChosen = (row) =>
  (row.organisation === undefined ||
    !places.has(row.organisation) ||
    chosen.designs.has(row.organisation)) &&
  (row.a === undefined ||
    !places.has(row.a) ||
    (chosen.designs.has(row.a) && chosen.designs.has(row.b)));

/**
 * Creates an element with attributes, event listeners and children; text is never parsed as markup.
 */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Creates a labelled list of options. */
function select(label, options, value, change) {
  const list = make("select", { onchange: () => change(list.value) });
  for (const [id, title] of options)
    list.append(make("option", { value: id, selected: id === value }, title));
  return make("label", {}, `${label} `, list);
}

/** Saves text or bytes as a file. */
function save(name, blob) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Causes for which gains of full cooperation are lost, in the order in which they apply. */
const CAUSES = [
  ["lost_unforeseen", "not foreseen in spring", "#c8c8c8"],
  ["lost_outside", "outside the organisation", "#999999"],
  ["lost_unratified", "waiting for ratification", "#cc79a7"],
  ["lost_opted_out", "opted out of", "#e39bc3"],
  ["lost_resting", "resting after a collapse", "#6a6a6a"],
  ["lost_not_agreed", "not agreed", "#2f86c4"],
  ["lost_shallow", "agreed less deep", "#7cc4ee"],
  ["lost_withheld", "withheld lawfully", "#c9983a"],
  ["lost_broken", "broken", "#d55e00"],
  ["lost_slippage", "beyond capacity", "#f2b87c"],
  ["lost_duplicated", "done elsewhere too", "#8a5a00"],
  ["depth_delivered", "delivered", "#009e73"],
].map(([measure, words, color]) => ({ measure, words, color }));
