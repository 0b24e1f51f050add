// Arrangement of the page, by the verb that made the folder.

const part = (id) => document.getElementById(id);

/** Controls for the selection that all figures and tables follow. */
function choices() {
  const form = part("choices"),
    boxes = [];
  const toggle = (set, name, on) => {
    if (on) set.add(name);
    else set.delete(name);
    choose({});
  };
  const group = (title, items, set, color) => {
    if (items.length < 2) return;
    const list = make("fieldset", {}, make("legend", {}, title));
    for (const [id, name] of items) {
      const box = make("input", {
        type: "checkbox",
        checked: set.has(id),
        value: id,
        onchange: () => toggle(set, id, box.checked),
      });
      boxes.push(box);
      const swatch = color
        ? make("span", {
            class: "swatch",
            style: `background:${colorOf(id)}`,
            "aria-hidden": "true",
          })
        : " ";
      list.append(make("label", {}, box, swatch, name));
    }
    const all = (on) => () => {
      for (const [id] of items) {
        if (on) set.add(id);
        else set.delete(id);
      }
      for (const box of boxes) if (list.contains(box)) box.checked = on;
      choose({});
    };
    list.append(
      make("button", { type: "button", onclick: all(true) }, "all"),
      make("button", { type: "button", onclick: all(false) }, "none"),
    );
    form.append(list);
  };
  group(
    "Organisations",
    about.organisations.map((note) => [note.name, note.name]),
    chosen.designs,
    true,
  );
  if (rowsOf("summary.csv").length && about.scenario.states.length) {
    group("States", [["region", "region"], ...about.scenario.states], chosen.states, false);
  }
  const ids = [
    ...new Set(
      rowsOf("summary.csv")
        .filter((row) => row.n !== "0")
        .map((row) => row.measure),
    ),
  ];
  if (ids.length && about.verb !== "sweep") {
    if (!ids.includes(chosen.measure)) chosen.measure = ids[0];
    const states = [["region", "whole region"], ...about.scenario.states];
    form.append(
      make(
        "fieldset",
        {},
        select(
          "Measure",
          ids.map((id) => [id, titleOf(id)]),
          chosen.measure,
          (measure) => choose({ measure }),
        ),
        select("of", states, chosen.state, (state) => choose({ state })),
      ),
    );
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = !form.children.length;
}

function designFigures() {
  const [decisive, changing, figures] = ["decisive", "changing", "figures"].map(part);
  lossesFigure(decisive);
  if (rowsOf("ranking.csv").length) rankingFigure(decisive);
  else depthFigure(decisive);
  statesFigure(decisive, rowsOf("ranking.csv").length > 0);
  bandFigure(
    changing,
    "lambda_band.csv",
    "Order of designs by the precision of choices λ",
    "λ = 3: choices close to random; exact: best replies. The same λ applies to votes and compliance of all states.",
    "precision λ of choices, per stake",
  );
  bandFigure(
    changing,
    "structure_band.csv",
    "Order of designs by structural choices",
    "The same designs under other structural choices of the model.",
    "structural choice",
  );
  measureFigure(figures);
  differenceFigure(figures);
  chancesFigure(figures);
  yearsFigure(figures, "survival", "alive");
  yearsFigure(figures, "years");
  planeFigure(
    figures,
    "compliance",
    "Depth delivered and compliance",
    "Large marks: means with 95 % intervals; small marks: single replications. Designs with both deep deals and high compliance lie at the top right.",
    ["compliance_count", "depth_delivered"],
  );
  planeFigure(
    figures,
    "promises",
    "Depth delivered and depth agreed",
    "On the dashed line all that was agreed is delivered.",
    ["depth_agreed", "depth_delivered"],
  );
  timelineFigure(figures);
  for (const basin of about.basins) riverFigure(figures, basin);
}

const LAYOUTS = {
  run: designFigures,
  compare: designFigures,
  attribute: () => {
    const measure = about.headline.by;
    attributionFigure(part("decisive"), "attribution", measure);
    for (const id of ["gain", "depth_delivered", "compliance_count", "worst_off_gain", "alive"])
      if (id !== measure) attributionFigure(part("figures"), `attribution-${id}`, id);
  },
  coalitions: () => {
    divisionsFigure(part("decisive"));
    coalitionsFigure(part("figures"));
  },
  sweep: () => {
    robustnessFigure(part("decisive"), true);
    pointsFigure(part("figures"));
  },
  robustness: () => robustnessFigure(part("decisive"), true),
  sensitivity: () => indicesFigure(part("decisive")),
  discover: () => {
    boxesFigure(part("decisive"));
    trajectoryFigure(part("figures"));
  },
};

function evidence() {
  const place = part("record");
  noteTable(
    place,
    "measures",
    "Definitions of measures",
    ["id", "title", "unit", "definition", "better", "section"],
    about.measures,
  );
  noteTable(
    place,
    "deviations",
    "Values that differ from the defaults",
    ["of", "path", "value", "default"],
    about.deviations.map(({ of, what }) => ({ of, ...what })),
  );
  noteTable(
    place,
    "sources",
    "Every figure with its source and confidence",
    ["path", "value", "unit", "year", "confidence", "kind", "source"],
    about.figures,
  );
  for (const file of ["failures.csv", "parameters.csv", "dictionary.csv"]) fileTable(place, file);
}

/** Light or dark theme: that of the system until the reader chooses. */
function theme() {
  const button = part("theme"),
    dark = window.matchMedia("(prefers-color-scheme: dark)");
  const show = () => {
    const now = document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light");
    button.textContent = now === "dark" ? "Light" : "Dark";
  };
  button.addEventListener("click", () => {
    const now = document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light");
    document.documentElement.dataset.theme = now === "dark" ? "light" : "dark";
    show();
  });
  dark.addEventListener("change", show);
  part("print").addEventListener("click", () => window.print());
  show();
}

// Figures are redrawn to fit the paper while printing.
window.addEventListener("beforeprint", () => frames.forEach((frame) => frame.redraw()));
window.addEventListener("afterprint", () => frames.forEach((frame) => frame.redraw()));

theme();
choices();
LAYOUTS[about.verb]?.();
frames.forEach((frame) => frame.redraw());
const FOLLOWING = [
  "ranking",
  "attribution",
  "coalitions",
  "solutions",
  "published",
  "robustness",
  "sensitivity",
  "boxes",
  "summary",
  "differences",
  "lambda_band",
  "structure_band",
  "river",
  "trace",
  "years",
  "points",
  "results",
  "trajectory",
];
for (const name of FOLLOWING)
  fileTable(part("tables"), `${name}.csv`, { follow: true, open: name === "summary" });
evidence();
document.documentElement.dataset.ready ??= "yes";
