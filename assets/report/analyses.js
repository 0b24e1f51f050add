// Figures of attributions, coalitions, sweeps, sensitivity and discovery.

/** Effect of each switch on a measure. */
function attributionFigure(place, id, measure) {
  const all = region("attribution.csv", measure);
  if (!all.length) return;
  const rows = d3
    .sort(all, (row) => (row.switch === "all" ? Infinity : -Math.abs(number(row.shapley))))
    .map((row) =>
      Object.assign(Object.create({ at: row.at }), row, {
        organisation: row.switch === "all" ? "all" : row.switch,
        unit: unitOf(measure),
        n: manifest.replications,
      }),
    );
  figure(place, {
    id,
    wide: id === "attribution",
    title: `${titleOf(measure)}: contribution of each switch`,
    subtitle: `Shapley values of the switches from ${about.organisations[0]?.name} to ${about.organisations[1]?.name}, with 95 % intervals; at the end the whole difference.`,
    draw: (width) =>
      intervals("attribution.csv", rows, {
        y: "switch",
        column: "shapley",
        x: axisOf(measure),
        width,
        name: (name) => (name === "all" ? "all together" : name),
        color: (row) =>
          row.switch === "all"
            ? "var(--ink)"
            : number(row.shapley) < 0
              ? "var(--design-1)"
              : "var(--design-0)",
      }),
  });
}

/** Divisions under each solution, side by side. */
function divisionsFigure(place) {
  const rows = rowsOf("solutions.csv").map((row) =>
    Object.assign(Object.create({ at: row.at }), row, {
      mean: row.value,
      organisation: row.solution,
    }),
  );
  const solutions = [...new Set(rows.map((row) => row.solution))];
  const titles = new Map(rows.map((row) => [row.solution, row.title]));
  solutions.forEach((name, at) => {
    if (!places.has(name)) places.set(name, at);
  });
  figure(place, {
    id: "divisions",
    wide: true,
    title: "Fair divisions of the joint gain",
    note: runs,
    subtitle:
      "Share of each state under each solution concept, with 95 % intervals. Where dots lie far apart, the choice of concept matters.",
    draw: (width) => {
      const found = intervals("solutions.csv", rows, {
        y: "solution",
        by: "state",
        column: "value",
        x: "MUSD/yr",
        width,
        group: stateName,
        name: (id) => titles.get(id),
      });
      return (
        found && {
          ...found,
          numbers: {
            columns: ["state", "solution", "value", "std. error"],
            rows: rows.map((row) => [
              stateName(row.state),
              row.title,
              shown("solutions.csv", row, "value"),
              shown("solutions.csv", row, "se"),
            ]),
          },
        }
      );
    },
  });
}

/** Gains of coalitions of states. */
function coalitionsFigure(place) {
  const rows = d3
    .sort(rowsOf("coalitions.csv"), (row) => -number(row.value))
    .filter((row) => +row.members > 1)
    .slice(0, 40)
    .map((row) =>
      Object.assign(Object.create({ at: row.at }), row, { organisation: row.coalition }),
    );
  if (!rows.length) return;
  figure(place, {
    id: "coalitions",
    wide: true,
    title: "Value of each coalition",
    subtitle:
      "Members carry out their joint plan; outsiders act alone. Means with 95 % intervals, largest first.",
    draw: (width) =>
      intervals("coalitions.csv", rows, {
        y: "coalition",
        column: "value",
        x: "MUSD/yr",
        width,
        color: () => "var(--design-0)",
      }),
  });
}

/** Designs under the criteria of robust choice. */
function robustnessFigure(place, decisive) {
  const all = rowsOf("robustness.csv");
  if (!all.length) return;
  const ids = [
    ...new Set(
      all.map((row) => (row.state === "region" ? row.measure : `${row.measure}.${row.state}`)),
    ),
  ];
  const TITLES = {
    mean: "mean over points",
    worst: "at the worst point",
    mean_regret: "mean regret",
    p90_regret: "regret at the 90th percentile of points",
    max_regret: "largest regret",
    hurwicz: "Hurwicz",
    satisficing: "share of points that are good enough",
    best_share: "share of points where it is best",
  };
  const criteria = [...new Set(all.map((row) => row.criterion))];
  let measure = ids[0],
    criterion = decisive ? (criteria.includes("max_regret") ? "max_regret" : criteria[0]) : "mean",
    frame = null;
  const again = () => frame.redraw();
  const name = (id) => TITLES[id] ?? id.replaceAll("_", " ");
  figure(place, {
    id: decisive ? "robustness" : "criteria",
    wide: true,
    title: "",
    note: `${manifest.replications} replications at most per point and design, seed ${manifest.seed}; errors over points`,
    controls: [
      select(
        "criterion",
        criteria.map((id) => [id, name(id)]),
        criterion,
        (id) => {
          criterion = id;
          again();
        },
      ),
      ids.length > 1
        ? select(
            "measure",
            ids.map((id) => [id, id]),
            measure,
            (id) => {
              measure = id;
              again();
            },
          )
        : null,
    ],
    draw: (width) => {
      const ranked = d3.sort(
        all.filter(
          (row) =>
            (row.state === "region" ? row.measure : `${row.measure}.${row.state}`) === measure &&
            row.criterion === criterion,
        ),
        (row) => +row.rank,
      );
      const rows = own(ranked),
        first = ranked.filter((row) => row.rank === "1").map((row) => row.organisation);
      const found = intervals("robustness.csv", rows, {
        y: "organisation",
        column: "value",
        x: `${name(criterion)}, ${(rows[0]?.unit ?? "").replace("km3", "km³")}`,
        width,
      });
      return (
        found && {
          ...found,
          title: `${titleOf(measure)}, ${name(criterion)}: ${first.length > 1 ? `${first.join(" and ")} share rank 1` : `${first[0]} ranks first`}`,
          subtitle: "Best first. Regret: how much better the best design does at a point.",
        }
      );
    },
  });
  frame = frames[frames.length - 1];
}

/** Results at the points against one parameter. */
function pointsFigure(place) {
  const results = rowsOf("results.csv"),
    points = new Map(rowsOf("points.csv").map((row) => [row.point, row]));
  if (!results.length || !points.size) return;
  const parameters = tables.get("points.csv").columns.filter((name) => name !== "point");
  const kept = [
    ...new Set(
      results.map((row) => (row.state === "region" ? row.measure : `${row.measure}.${row.state}`)),
    ),
  ];
  const notes = new Map(rowsOf("parameters.csv").map((row) => [row.name ?? row.parameter, row]));
  let across = parameters[0],
    measure = kept[0],
    frame = null;
  const again = () => frame.redraw();
  const title = (name) => notes.get(name)?.title || name;
  figure(place, {
    id: "points",
    wide: true,
    title: "",
    note: `One mark per point and design${tables.get("results.csv").left_out ? `; left out here: ${tables.get("results.csv").left_out}` : ""}`,
    controls: [
      select(
        "horizontal axis",
        parameters.map((name) => [name, title(name)]),
        across,
        (name) => {
          across = name;
          again();
        },
      ),
      select(
        "vertical axis",
        kept.map((name) => [name, titleOf(name)]),
        measure,
        (name) => {
          measure = name;
          again();
        },
      ),
    ],
    draw: (width) => {
      const rows = own(
        results.filter(
          (row) =>
            (row.state === "region" ? row.measure : `${row.measure}.${row.state}`) === measure &&
            row.mean !== "" &&
            points.has(row.point),
        ),
      );
      if (!rows.length) return null;
      const x = (row) => {
        const text = points.get(row.point)[across];
        return Number.isNaN(+text) ? text : +text;
      };
      const words = rows.some((row) => typeof x(row) === "string");
      const names = designs.filter((name) => rows.some((row) => row.organisation === name));
      const byDesign = d3.groups(rows, (row) => row.organisation);
      const trend = words
        ? []
        : byDesign.flatMap(([organisation, some]) => {
            const sorted = d3.sort(some, x),
              size = Math.max(1, Math.ceil(sorted.length / 12));
            return d3.range(0, sorted.length, size).map((from) => {
              const part = sorted.slice(from, from + size);
              return {
                organisation,
                x: d3.mean(part, x),
                y: d3.mean(part, (row) => number(row.mean)),
              };
            });
          });
      return {
        legend: names,
        title: `${titleOf(measure)} over ${title(across)}`,
        subtitle:
          "Points of the sweep; lines: means of twelfths of the points. All other parameters vary as well.",
        options: {
          height: 380,
          marginLeft: 56,
          x: { label: title(across), nice: !words, type: words ? "point" : "linear" },
          y: { label: titleOf(measure), grid: true, nice: true },
          marks: [
            Plot.dot(rows, {
              x,
              y: (row) => number(row.mean),
              fill: (row) => colorOf(row.organisation),
              r: 2,
              fillOpacity: 0.45,
              title: (row) =>
                `${row.organisation}\n${title(across)}: ${points.get(row.point)[across]}\n${shown("results.csv", row, "mean")} ± ${shown("results.csv", row, "se")}`,
              tip: { fill: "var(--paper)" },
            }),
            Plot.lineY(trend, {
              x: "x",
              y: "y",
              z: "organisation",
              stroke: (row) => colorOf(row.organisation),
              strokeWidth: 2.5,
            }),
          ],
        },
        numbers: {
          columns: ["organisation", "points", "mean over points"],
          rows: byDesign.map(([name, some]) => [
            name,
            String(some.length),
            short(d3.mean(some, (row) => number(row.mean))),
          ]),
        },
        summary: `${rows.length} points.`,
      };
    },
  });
  frame = frames[frames.length - 1];
}

/** Sensitivity indices. */
function indicesFigure(place) {
  const all = rowsOf("sensitivity.csv");
  if (!all.length) return;
  const results = [...new Set(all.map((row) => row.result))],
    morris = all[0].method === "morris";
  const [total, first] = morris ? ["mu_star", "mu"] : ["total", "first"];
  const label = {
    total: "total order, with interactions",
    first: "first order, parameter alone",
    mu_star: "mean size μ*",
    mu: "mean μ",
  };
  let result = results[0],
    frame = null;
  figure(place, {
    id: "indices",
    wide: true,
    title: "",
    note: "Intervals: 95 %",
    controls:
      results.length > 1
        ? [
            select(
              "of",
              results.map((name) => [name, name || "the table"]),
              result,
              (name) => {
                result = name;
                frame.redraw();
              },
            ),
          ]
        : [],
    draw: (width) => {
      const rows = all.filter(
        (row) =>
          row.result === result && (row.index === total || row.index === first) && row.value !== "",
      );
      if (!rows.length) return null;
      const order = d3
        .sort(
          rows.filter((row) => row.index === total),
          (row) => -number(row.value),
        )
        .map((row) => row.parameter);
      const room = roomFor(order, width),
        half = (row) => number(row.ci) || 0,
        ink = (row) => (row.index === total ? "var(--design-0)" : "var(--design-1)");
      return {
        title: `Sensitivity of ${inSentence(titleOf(all[0].measure))}${result && result !== "all designs" ? `: ${result}` : ""}`,
        subtitle: `${rows[0].rows} ${morris ? "steps of trajectories" : "base rows"} used, ${rows[0].left_out} left out. ${morris ? "Blue: mean size of the effect of a parameter over its range; orange: mean effect." : "Blue: share of variance due to the parameter and its interactions; orange: due to the parameter alone."}`,
        options: {
          marginLeft: room.margin,
          height: 50 + 26 * order.length,
          x: {
            label: morris ? `effect over the range, ${all[0].unit}` : "share of variance",
            grid: true,
            zero: true,
            nice: true,
          },
          y: {
            domain: order,
            label: null,
            tickFormat: room.name,
            tickSize: 0,
            type: "band",
            padding: 0.2,
          },
          marks: [
            Plot.ruleX([0], { stroke: "var(--soft)" }),
            Plot.barX(
              rows.filter((row) => row.index === total),
              {
                y: "parameter",
                x: (row) => number(row.value),
                fill: "var(--design-0)",
                fillOpacity: 0.35,
                insetTop: 2,
                insetBottom: 2,
              },
            ),
            Plot.link(rows, {
              y1: "parameter",
              y2: "parameter",
              x1: (row) => number(row.value) - half(row),
              x2: (row) => number(row.value) + half(row),
              stroke: ink,
              strokeWidth: 2,
            }),
            Plot.dot(rows, {
              y: "parameter",
              x: (row) => number(row.value),
              fill: ink,
              symbol: (row) => (row.index === total ? "circle" : "square"),
              r: 4,
              title: (row) =>
                `${row.parameter}\n${label[row.index]}: ${shown("sensitivity.csv", row, "value")} ± ${shown("sensitivity.csv", row, "ci")}\nn = ${row.rows}`,
              tip: { fill: "var(--paper)" },
            }),
          ],
          symbol: { domain: ["circle", "square"], range: ["circle", "square"] },
        },
        numbers: {
          columns: ["parameter", "index", "value", "95 % interval ±"],
          rows: rows.map((row) => [
            row.parameter,
            label[row.index],
            shown("sensitivity.csv", row, "value"),
            shown("sensitivity.csv", row, "ci"),
          ]),
        },
        summary: `${order.length} parameters; ${order[0]} comes first.`,
      };
    },
  });
  frame = frames[frames.length - 1];
}

/** Coverage of boxes against their density. */
function trajectoryFigure(place) {
  const all = [
    ...d3.group(rowsOf("trajectory.csv"), (row) => `${row.box} ${row.step}`).values(),
  ].map((rows) => rows[0]);
  if (!all.length) return;
  figure(place, {
    id: "trajectory",
    title: "Coverage and density of the boxes",
    subtitle:
      "Each mark is a box of the peeling trajectory. Density: share of its cases that are of interest. Coverage: share of all such cases inside.",
    note: "",
    draw: (width) => ({
      options: {
        height: 360,
        marginLeft: 52,
        x: { label: "coverage", domain: [0, 1], grid: true },
        y: { label: "density", domain: [0, 1], grid: true },
        marks: [
          Plot.dot(all, {
            x: (row) => number(row.coverage),
            y: (row) => number(row.density),
            fill: (row) => `var(--design-${(row.box - 1) % 8})`,
            symbol: (row) => SYMBOLS[(row.box - 1) % 8],
            r: 4,
            title: (row) =>
              `box ${row.box}, step ${row.step}\n${row.restricted} restrictions, ${row.cases} cases\ncoverage ${shown("trajectory.csv", row, "coverage")}, density ${shown("trajectory.csv", row, "density")}`,
            tip: { fill: "var(--paper)" },
          }),
        ],
        symbol: { domain: SYMBOLS, range: SYMBOLS },
      },
      numbers: {
        columns: ["box", "step", "coverage", "density", "cases"],
        rows: all.map((row) => [
          row.box,
          row.step,
          shown("trajectory.csv", row, "coverage"),
          shown("trajectory.csv", row, "density"),
          row.cases,
        ]),
      },
      summary: `${all.length} boxes on the trajectory.`,
    }),
  });
}

/** Bounds of the boxes within the whole range of each parameter. */
function boxesFigure(place) {
  const every = rowsOf("boxes.csv"),
    ranges = every.filter((row) => row.least !== "" && row.most !== "");
  if (!every.length) return;
  const all = every.map((row) =>
    Object.assign({ words: row.categories.replaceAll("|", " or ") }, row),
  );
  const share = (row, end, other) => {
    const at = row[end] === "" ? number(row[other]) : number(row[end]);
    return (at - number(row.least)) / (number(row.most) - number(row.least));
  };
  const boxes = [...new Set(all.map((row) => row.box))];
  figure(place, {
    id: "boxes",
    wide: true,
    title: "Boxes with the cases of interest",
    subtitle:
      "Dark: the part of the range of a parameter that the box keeps. Parameters that are not named are unrestricted.",
    note: "",
    draw: (width) => {
      const names = [...new Set(all.map((row) => row.parameter))],
        room = roomFor(names, width);
      return {
        options: {
          marginLeft: room.margin,
          marginRight: 60,
          height: 80 + boxes.length * (names.length * 34 + 12),
          x: { domain: [0, 1], axis: null },
          y: {
            domain: names,
            label: null,
            tickFormat: room.name,
            tickSize: 0,
            type: "band",
            padding: 0.35,
          },
          fy: { domain: boxes, tickFormat: (box) => `box ${box}`, label: null },
          marks: [
            Plot.barX(ranges, { fy: "box", y: "parameter", x1: 0, x2: 1, fill: "var(--line)" }),
            Plot.text(
              all.filter((row) => row.words),
              {
                fy: "box",
                y: "parameter",
                x: 0,
                text: (row) => `is ${row.words}`,
                textAnchor: "start",
                dx: 4,
                fill: "var(--ink)",
              },
            ),
            Plot.barX(ranges, {
              fy: "box",
              y: "parameter",
              x1: (row) => share(row, "low", "least"),
              x2: (row) => share(row, "high", "most"),
              fill: "var(--design-0)",
              title: (row) =>
                `${row.parameter}: ${row.low || row.least} to ${row.high || row.most} ${row.unit}`,
              tip: { fill: "var(--paper)" },
            }),
            Plot.text(ranges, {
              fy: "box",
              y: "parameter",
              x: (row) => share(row, "low", "least"),
              text: (row) => (row.low && row.low !== row.least ? short(number(row.low)) : ""),
              textAnchor: "end",
              dx: -4,
              fill: "var(--ink)",
            }),
            Plot.text(ranges, {
              fy: "box",
              y: "parameter",
              x: (row) => share(row, "high", "most"),
              text: (row) => (row.high && row.high !== row.most ? short(number(row.high)) : ""),
              textAnchor: "start",
              dx: 4,
              fill: "var(--ink)",
            }),
          ],
        },
        numbers: {
          columns: ["box", "parameter", "from", "to"],
          rows: all.map((row) => [
            row.box,
            row.parameter,
            row.words || row.low || row.least,
            row.words ? "" : row.high || row.most,
          ]),
        },
        summary: `${boxes.length} boxes over ${names.length} parameters.`,
      };
    },
  });
}
