// Timeline of one replication: proposals, votes, breaches, sanctions and exits, with their terms.

/** Kinds of events in the timeline: label, colour, symbol. */
const KINDS = new Map(
  Object.entries({
    adopted: ["deal adopted", "var(--design-2)", "circle"],
    rejected: ["deal rejected", "var(--design-1)", "times"],
    breaks: ["obligation broken", "var(--design-1)", "triangle"],
    "breach reported": ["breach reported", "var(--lack)", "diamond"],
    "false alarm": ["false alarm", "var(--design-3)", "diamond"],
    asleep: ["deal suspended", "var(--design-7)", "square"],
    collapse: ["deal collapses", "var(--lack)", "cross"],
    "does not ratify": ["not ratified", "var(--design-4)", "times"],
    ratifies: ["ratified", "var(--design-4)", "circle"],
    "ratifies the founding treaty": ["founding treaty ratified", "var(--design-4)", "circle"],
    "does not ratify the founding treaty": [
      "founding treaty not ratified",
      "var(--design-4)",
      "times",
    ],
    "consent lost": ["consent lost", "var(--design-3)", "square"],
    "gives notice": ["gives notice", "var(--lack)", "star"],
    "is gone": ["has left", "var(--lack)", "star"],
    "does not renew": ["does not renew", "var(--lack)", "star"],
    "the treaty is not renewed": ["treaty not renewed", "var(--lack)", "cross"],
    "the treaty is renewed": ["treaty renewed", "var(--design-2)", "square"],
    "comes in": ["joins", "var(--design-0)", "star"],
    "new leadership": ["new leadership", "var(--design-6)", "wye"],
  }),
);
const kindOf = (what) => KINDS.get(what) ?? [what, "var(--design-0)", "star"];
// Events that occur every year for every state appear only in the list.
const QUIET = new Set(["performs", "yes", "no", "abstains", "proposal", "no proposal"]);

/** Groups the rows of each event. */
function events(design) {
  const found = [];
  for (const row of rowsOf("trace.csv").filter((row) => row.organisation === design)) {
    const last = found[found.length - 1];
    const event = last && last.event === row.event ? last : { ...row, terms: [] };
    if (event !== last) found.push(event);
    // In a reduced page the terms of an event are in one cell.
    if (row.terms)
      event.terms.push(
        ...row.terms
          .split("; ")
          .map((term) => [
            term.slice(0, term.lastIndexOf(" ")),
            term.slice(term.lastIndexOf(" ") + 1),
          ]),
      );
    else if (row.term) event.terms.push([row.term, shown("trace.csv", row, "value")]);
  }
  return found;
}

const sayEvent = (event) => {
  const who = event.state ? stateName(event.state) : event.table || "the organisation";
  const on = [event.state && event.table ? event.table : null, event.obligation]
    .filter(Boolean)
    .join(", ");
  const terms = event.terms
    .map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`)
    .join(", ");
  return { who, what: kindOf(event.what)[0], on, terms };
};

function timelineFigure(place) {
  const all = rowsOf("trace.csv");
  if (!all.length) return;
  const names = [...new Set(all.map((row) => row.organisation))];
  let design = names[0],
    frame = null;
  const list = make("ol", {
    class: "events",
    tabindex: "0",
    "aria-label": "Events of the replication",
  });
  const years = [...new Set(all.map((row) => row.year))];
  let year = "";
  const tell = () => {
    const kept = events(design).filter((event) =>
      year ? event.year === year : !QUIET.has(event.what),
    );
    list.replaceChildren(
      ...kept.map((event) => {
        const { who, what, on, terms } = sayEvent(event);
        return make(
          "li",
          {},
          `${event.year} `,
          make("b", {}, `${who}: ${what}`),
          on ? ` (${on})` : "",
          terms ? ` – ${terms}` : "",
        );
      }),
    );
    if (!kept.length) list.append(make("li", {}, "Nothing happened."));
  };
  const controls = [
    select(
      "under",
      names.map((name) => [name, name]),
      design,
      (name) => {
        design = name;
        frame.redraw();
        tell();
      },
    ),
    select(
      "list",
      [["", "main events"], ...years.map((name) => [name, `all events of ${name}`])],
      "",
      (value) => {
        year = value;
        tell();
      },
    ),
  ];
  const element = figure(place, {
    id: "timeline",
    wide: true,
    title: "",
    controls,
    note: `Replication ${all[0].replication} of seed ${manifest.seed}: one replication, not a mean.${leftOut("trace.csv")}`,
    draw: (width) => {
      const found = events(design).filter((event) => !QUIET.has(event.what));
      const points = found.map((event) => ({
        ...event,
        row: event.state ? stateName(event.state) : "the table",
        kind: kindOf(event.what),
      }));
      const rows = ["the table", ...about.scenario.states.map(([, name]) => name)];
      const kinds = [...new Set(points.map((point) => point.what))];
      // Events of one state in one year are drawn side by side.
      const cells = d3.group(points, (point) => `${point.row} ${point.year}`);
      for (const cell of cells.values())
        cell.forEach((point, at) => {
          point.dy = (at - (cell.length - 1) / 2) * Math.min(7, 26 / cell.length);
        });
      const room = roomFor(rows, width);
      if (!points.length)
        return {
          title: `One replication under ${design}: nothing happened`,
          options: { height: 20, axis: null, marks: [] },
          numbers: { columns: ["event"], rows: [] },
          summary: "Nothing happened.",
        };
      return {
        title: `One replication under ${design}: events and the terms of each decision`,
        subtitle:
          "Hover or read the list below for the terms of each decision (gains and costs in MUSD).",
        options: {
          height: 60 + rows.length * 38,
          marginLeft: room.margin,
          marginBottom: 34,
          x: {
            domain: [+years[0] - 0.6, +years[years.length - 1] + 0.6],
            tickFormat: "d",
            label: null,
            grid: true,
            ticks: Math.max(3, Math.floor(width / 80)),
          },
          y: {
            domain: rows,
            label: null,
            tickFormat: room.name,
            tickSize: 0,
            type: "band",
            padding: 0,
          },
          color: { type: "identity" },
          symbol: {
            domain: ["circle", "times", "triangle", "diamond", "square", "cross", "star", "wye"],
            range: ["circle", "times", "triangle", "diamond", "square", "cross", "star", "wye"],
          },
          marks: [
            Plot.ruleY(rows.slice(1), { y: (row) => row, stroke: "var(--line)" }),
            ...d3
              .groups(points, (point) => point.dy)
              .map(([dy, some]) =>
                Plot.dot(some, {
                  x: (point) => +point.year,
                  y: "row",
                  dy,
                  stroke: (point) => point.kind[1],
                  fill: (point) => (point.kind[2] === "times" ? "none" : point.kind[1]),
                  symbol: (point) => point.kind[2],
                  r: 3.6,
                  strokeWidth: 1.6,
                }),
              ),
            Plot.tip(
              points,
              Plot.pointer({
                x: (point) => +point.year,
                y: "row",
                fill: "var(--paper)",
                title: (point) => {
                  const { who, what, on, terms } = sayEvent(point);
                  return `${point.year}, ${who}: ${what}\n${on}\n${terms.replaceAll(", ", "\n")}`;
                },
              }),
            ),
          ],
        },
        numbers: {
          columns: ["event", "times"],
          rows: kinds.map((what) => [
            kindOf(what)[0],
            String(points.filter((point) => point.what === what).length),
          ]),
        },
        kinds,
        summary: kinds
          .map(
            (what) => `${kindOf(what)[0]}: ${points.filter((point) => point.what === what).length}`,
          )
          .join(", "),
      };
    },
  });
  frame = frames[frames.length - 1];
  element.insertBefore(kindLegend(all), element.querySelector(".plot"));
  element.querySelector(".actions").before(list);
  tell();
}

/** Legend of the symbols of the timeline. */
function kindLegend(all) {
  const used = [...new Set(all.map((row) => row.what))].filter((what) => !QUIET.has(what));
  return make(
    "ul",
    { class: "legend" },
    ...used.map((what) => {
      const [label, color, symbol] = kindOf(what);
      const icon = document.createElementNS(SVG, "svg"),
        path = document.createElementNS(SVG, "path");
      for (const [name, value] of Object.entries({
        width: 13,
        height: 13,
        viewBox: "-6.5 -6.5 13 13",
        "aria-hidden": "true",
      }))
        icon.setAttribute(name, value);
      path.setAttribute(
        "d",
        d3.symbol(d3[`symbol${symbol[0].toUpperCase()}${symbol.slice(1)}`], 60)(),
      );
      path.setAttribute("fill", symbol === "times" ? "none" : color);
      path.setAttribute("stroke", color);
      path.setAttribute("stroke-width", symbol === "times" ? 2 : 0);
      icon.append(path);
      return make("li", {}, icon, label);
    }),
  );
}
