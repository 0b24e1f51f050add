// Figures of runs and comparisons: ranking, gains by state, results over years, depth, intervals.

const region = (file, measure, rows = rowsOf(file)) =>
  rows.filter((row) => row.measure === measure && row.state === "region");
const own = (rows) => rows.filter((row) => chosen.designs.has(row.organisation));

/** Ranking of the organisations. */
function rankingFigure(place) {
  const rows = rowsOf("ranking.csv"),
    measure = rows[0].measure,
    first = rows.filter((row) => row.rank === "1");
  const counts = new Map(region("summary.csv", measure).map((row) => [row.organisation, row.n]));
  figure(place, {
    id: "ranking",
    wide: true,
    title: `${titleOf(measure)}: ${first.length > 1 ? `${first.map((row) => row.organisation).join(" and ")} rank first` : `${rows[0].organisation} ranks first`}`,
    subtitle: "Means with 95 % intervals on the same random draws, in order of rank.",
    draw: (width) =>
      intervals(
        "ranking.csv",
        own(rows).map((row) =>
          Object.assign(Object.create({ unit: unitOf(measure), at: row.at }), row, {
            n: counts.get(row.organisation),
          }),
        ),
        { y: "organisation", x: axisOf(measure), width },
      ),
  });
}

/** Gain of each state. */
function statesFigure(place, wide) {
  const measure = "gain_per_year";
  const all = rowsOf("summary.csv").filter(
    (row) => row.measure === measure && row.state !== "region" && row.n !== "0",
  );
  if (!all.length) return;
  figure(place, {
    id: "states",
    wide,
    title: "Gain by state",
    subtitle:
      "Gain over the non-cooperative reference, net of the cost of the organisation. Negative values are losses.",
    draw: (width) => {
      const rows = own(all).filter((row) => chosen.states.has(row.state));
      const one = new Set(rows.map((row) => row.organisation)).size < 2;
      return intervals(
        "summary.csv",
        rows,
        one
          ? { y: "state", x: axisOf(measure), width, name: stateName }
          : { y: "organisation", by: "state", x: axisOf(measure), width, group: stateName },
      );
    },
  });
}

/** Depth agreed, depth delivered and state-seasons kept under one organisation. */
function depthFigure(place) {
  const ids = ["depth_agreed", "depth_delivered", "compliance_count"];
  const all = rowsOf("summary.csv").filter(
    (row) => ids.includes(row.measure) && row.state === "region" && row.n !== "0",
  );
  figure(place, {
    id: "depth",
    title: "Depth agreed, depth delivered and compliance",
    subtitle:
      "Depth: share of the joint optimum of all states and domains. Compliance: share of the state-seasons in which all that was owed was meant to be performed.",
    draw: (width) =>
      intervals("summary.csv", own(all), { y: "measure", x: "share", width, name: titleOf }),
  });
}

/** Ranking measure under other settings. */
function bandFigure(place, file, title, subtitle, label) {
  const all = rowsOf(file);
  if (!all.length) return;
  const settings = [...new Set(all.map((row) => row.setting))],
    measure = all[0].measure;
  figure(place, {
    id: file.replace(".csv", ""),
    title,
    subtitle,
    note: `${all[0].replications} replications per design and setting, seed ${manifest.seed}`,
    draw: (width) => {
      const rows = own(all);
      if (!rows.length) return null;
      const half = (row) => 1.96 * number(row.se);
      const mean = (row) => number(row.mean);
      const low = (row) => mean(row) - half(row),
        high = (row) => mean(row) + half(row);
      const interval = {
        stroke: (row) => colorOf(row.organisation),
        strokeOpacity: 0.5,
        strokeWidth: 3,
      };
      const mark = {
        fill: (row) => colorOf(row.organisation),
        symbol: (row) => symbolOf(row.organisation),
        r: 4.5,
        title: (row) =>
          `${row.organisation} at ${row.setting}\n${shown(file, row, "mean")} ± ${shown(file, row, "se")} ${unitOf(measure)}\nrank ${row.rank}, n = ${row.replications}`,
        tip: { fill: "var(--paper)" },
      };
      const values = { label: axisOf(measure), grid: true, zero: true, nice: true };
      // Names of many settings need a row each.
      const inRows = settings.length > 6;
      const options = inRows
        ? {
            marginLeft: 150,
            marginBottom: 46,
            height: 70 + 24 * settings.length,
            y: { domain: settings, label: null, tickFormat: (name) => brief(name, 24) },
            x: { ...values, labelOffset: 38, ticks: width < 560 ? 4 : 8 },
            marks: [
              Plot.ruleX([0], { stroke: "var(--soft)" }),
              Plot.ruleY(rows, { y: "setting", x1: low, x2: high, ...interval }),
              Plot.dot(rows, { y: "setting", x: mean, ...mark }),
            ],
          }
        : {
            marginLeft: 56,
            marginBottom: 46,
            height: 350,
            x: { domain: settings, label, labelOffset: 38, tickFormat: (name) => brief(name, 22) },
            y: values,
            marks: [
              Plot.ruleY([0], { stroke: "var(--soft)" }),
              label.startsWith("precision")
                ? Plot.lineY(rows, {
                    x: "setting",
                    y: mean,
                    z: "organisation",
                    stroke: (row) => colorOf(row.organisation),
                    strokeWidth: 1.5,
                  })
                : null,
              Plot.ruleX(rows, { x: "setting", y1: low, y2: high, ...interval }),
              Plot.dot(rows, { x: "setting", y: mean, ...mark }),
            ],
          };
      return {
        legend: designs.filter(
          (name) => chosen.designs.has(name) && rows.some((row) => row.organisation === name),
        ),
        options: {
          ...options,
          symbol: { domain: SYMBOLS, range: SYMBOLS },
        },
        numbers: {
          columns: ["setting", "organisation", "rank", "mean", "std. error"],
          rows: rows.map((row) => [
            row.setting,
            row.organisation,
            row.rank,
            shown(file, row, "mean"),
            shown(file, row, "se"),
          ]),
        },
        summary: `${settings.length} settings, ${chosen.designs.size} organisations.`,
      };
    },
  });
}

/** The selected measure for all designs. */
function measureFigure(place) {
  figure(place, {
    id: "measure",
    title: "The measure chosen above",
    subtitle: "",
    draw: (width) => {
      const rows = own(rowsOf("summary.csv")).filter(
        (row) => row.measure === chosen.measure && row.state === chosen.state && row.n !== "0",
      );
      const found = intervals("summary.csv", rows, {
        y: "organisation",
        x: axisOf(chosen.measure),
        width,
      });
      return (
        found && {
          ...found,
          title: `${titleOf(chosen.measure)}: ${stateName(chosen.state)}`,
          subtitle: `${measures.get(chosen.measure)?.definition ?? ""} Means with 95 % intervals.`,
        }
      );
    },
  });
}

/** Paired differences from one design. */
function differenceFigure(place) {
  const all = rowsOf("differences.csv");
  if (!all.length) return;
  let base = rowsOf("ranking.csv")[0]?.organisation ?? designs[0],
    frame = null;
  const control = select(
    "against",
    about.organisations.map((note) => [note.name, note.name]),
    base,
    (name) => {
      base = name;
      frame.redraw();
    },
  );
  figure(place, {
    id: "differences",
    title: "Differences between organisations",
    controls: [control],
    note: `${runs}.${leftOut("differences.csv")}`,
    draw: (width) => {
      const rows = all
        .filter(
          (row) =>
            row.measure === chosen.measure &&
            row.state === chosen.state &&
            (row.a === base || row.b === base),
        )
        .map((row) => {
          const turned = row.b !== base,
            sign = turned ? -1 : 1,
            other = turned ? row.b : row.a;
          const flip = (text) =>
            turned && text !== "–"
              ? text.startsWith("-")
                ? text.slice(1)
                : /^[0.]*$/.test(text)
                  ? text
                  : `-${text}`
              : text;
          return {
            organisation: other,
            state: row.state,
            n: row.n,
            unit: row.unit,
            se: row.se,
            mean: row.mean === "" ? "" : sign * number(row.mean),
            text: flip(shown("differences.csv", row, "mean")),
            error: shown("differences.csv", row, "se"),
          };
        })
        .filter((row) => chosen.designs.has(row.organisation));
      const found = intervals("", rows, {
        y: "organisation",
        x: axisOf(chosen.measure),
        width,
        say: (row) => `${row.text} ± ${row.error}`,
      });
      return (
        found && {
          ...found,
          title: `${titleOf(chosen.measure)}: difference from ${base}`,
          subtitle: `Paired differences on the same random draws, ${stateName(chosen.state)}: means with 95 % intervals. Negative values: lower than under ${base}.`,
          numbers: {
            columns: ["organisation", "mean", "std. error", "n"],
            rows: rows.map((row) => [row.organisation, row.text, row.error, row.n]),
          },
        }
      );
    },
  });
  frame = frames[frames.length - 1];
}

/** Cumulative distribution over replications, from the bins of distributions.csv. */
function chancesFigure(place) {
  const all = rowsOf("distributions.csv");
  if (!all.length) return;
  figure(place, {
    id: "chances",
    title: "Distribution over replications",
    note: `${runs}.${leftOut("distributions.csv")}`,
    draw: (width) => {
      const rows = own(all).filter(
        (row) => row.measure === chosen.measure && row.state === chosen.state,
      );
      if (!rows.length) return null;
      const lines = [],
        numbers = [];
      for (const [name, bins] of d3.group(rows, (row) => row.organisation)) {
        const total = d3.sum(bins, (row) => +row.count);
        let below = 0;
        lines.push({ organisation: name, x: +bins[0].low, y: 0 });
        for (const bin of bins) {
          if (+bin.low > lines[lines.length - 1].x)
            lines.push({ organisation: name, x: +bin.low, y: below / total });
          below += +bin.count;
          lines.push({ organisation: name, x: +bin.high, y: below / total });
        }
        const row = rowsOf("summary.csv").find(
          (row) =>
            row.organisation === name &&
            row.measure === chosen.measure &&
            row.state === chosen.state,
        );
        numbers.push([
          name,
          ...["p05", "p50", "p95"].map((column) => (row ? shown("summary.csv", row, column) : "–")),
          String(total),
        ]);
      }
      return {
        legend: designs.filter((name) => numbers.some((row) => row[0] === name)),
        title: `Distribution over replications: ${titleOf(chosen.measure)}, ${stateName(chosen.state)}`,
        subtitle:
          "Share of replications with at most this value. A steep curve means little variation; a curve further right means higher values.",
        options: {
          height: 320,
          marginLeft: 50,
          x: {
            label: axisOf(chosen.measure),
            nice: true,
            ticks: Math.max(3, Math.floor(width / 100)),
          },
          y: { label: "share of replications", grid: true, domain: [0, 1] },
          marks: [
            Plot.ruleX([0], { stroke: "var(--soft)" }),
            Plot.line(lines, {
              x: "x",
              y: "y",
              z: "organisation",
              stroke: (point) => colorOf(point.organisation),
              strokeWidth: 1.8,
              title: (point) =>
                `${point.organisation}\n${Math.round(100 * point.y)} % of replications: at most ${short(point.x)} ${unitOf(chosen.measure)}`,
              tip: { fill: "var(--paper)" },
            }),
          ],
        },
        numbers: {
          columns: ["organisation", "5th percentile", "median", "95th percentile", "n"],
          rows: numbers,
        },
        summary: `Distribution over replications of ${numbers.length} organisations.`,
      };
    },
  });
}

/** A measure over the years: means, with 5–95 % of replications; survival has no band. */
function yearsFigure(place, id, fixed) {
  const all = rowsOf("years.csv").filter((row) => row.state === "region" || !fixed);
  if (!all.length) return;
  const ids = [...new Set(all.map((row) => row.measure))];
  let frame = null;
  const control = fixed
    ? []
    : [
        select(
          "by year",
          ids.map((name) => [name, titleOf(name)]),
          chosen.year,
          (name) => {
            chosen.year = name;
            frame.redraw();
          },
        ),
      ];
  figure(place, {
    id,
    title: "",
    controls: control,
    draw: (width) => {
      const measure = fixed ?? chosen.year;
      const state =
        all.some((row) => row.measure === measure && row.state === chosen.state) && !fixed
          ? chosen.state
          : "region";
      const rows = all.filter(
        (row) =>
          row.measure === measure &&
          row.state === state &&
          row.mean !== "" &&
          (chosen.designs.has(row.organisation) ||
            !about.organisations.some((note) => note.name === row.organisation)),
      );
      if (!rows.length) return null;
      const names = designs.filter((name) => rows.some((row) => row.organisation === name));
      const facets = !fixed && names.length > 1;
      const binary = measure === "alive";
      const columns = facets ? Math.max(1, Math.min(names.length, Math.floor(width / 160))) : 1;
      const facet = facets
        ? {
            fx: (row) => names.indexOf(row.organisation) % columns,
            fy: (row) => Math.floor(names.indexOf(row.organisation) / columns),
          }
        : {};
      const stroke = (row) => colorOf(row.organisation);
      const lines = Math.ceil(names.length / columns);
      const tell = (row) =>
        `${row.organisation}, ${row.year}\nmean ${short(number(row.mean))} ${unitOf(measure)}${binary ? "" : `\n5–95 % of replications: ${short(number(row.p05))} to ${short(number(row.p95))}`}`;
      return {
        legend: facets ? [] : names,
        title: binary
          ? "Survival of organisations"
          : `${titleOf(measure)} over the years${state === "region" ? "" : `: ${stateName(state)}`}`,
        subtitle: binary
          ? "Share of replications in which the organisation has not yet delivered less than 5 % of the joint optimum for five years in a row."
          : `${axisOf(measure)}. Lines: means over replications; bands: the middle nine tenths of replications.`,
        options: {
          marginLeft: 52,
          height: facets ? 76 + lines * 150 : 330,
          x: {
            label: "year",
            tickFormat: "d",
            ticks: Math.max(3, Math.floor(width / columns / 60)),
          },
          y: {
            label: facets ? null : axisOf(measure),
            grid: true,
            domain: binary ? [0, 1] : undefined,
            zero: true,
            nice: true,
            ticks: 4,
          },
          fx: facets ? { axis: null, padding: 0.1 } : undefined,
          fy: facets ? { axis: null, padding: 0.2 } : undefined,
          marks: [
            facets
              ? Plot.text(
                  names.map((organisation) => ({ organisation })),
                  {
                    ...facet,
                    text: (row) => brief(row.organisation, Math.floor(width / columns / 7.5)),
                    frameAnchor: "top-left",
                    dy: -12,
                    fill: stroke,
                    fontWeight: 600,
                  },
                )
              : null,
            binary || (!facets && names.length > 2)
              ? null
              : Plot.areaY(rows, {
                  ...facet,
                  x: (row) => +row.year,
                  y1: (row) => number(row.p05),
                  y2: (row) => number(row.p95),
                  z: "organisation",
                  fill: stroke,
                  fillOpacity: 0.18,
                }),
            Plot.lineY(rows, {
              ...facet,
              x: (row) => +row.year,
              y: (row) => number(row.mean),
              z: "organisation",
              stroke,
              strokeWidth: 2,
              title: tell,
              tip: { fill: "var(--paper)" },
            }),
            !facets
              ? Plot.dot(
                  rows.filter((row) => (row.year - about.scenario.first_year) % 5 === 4),
                  {
                    x: (row) => +row.year,
                    y: (row) => number(row.mean),
                    symbol: (row) => symbolOf(row.organisation),
                    fill: stroke,
                    r: 3.5,
                  },
                )
              : null,
          ],
          symbol: { domain: SYMBOLS, range: SYMBOLS },
        },
        numbers: {
          columns: ["organisation", "year", "mean", "5 % of replications", "95 %"],
          rows: rows.map((row) => [
            row.organisation,
            row.year,
            short(number(row.mean)),
            short(number(row.p05)),
            short(number(row.p95)),
          ]),
        },
        summary: `${names.length} organisations over ${new Set(rows.map((row) => row.year)).size} years.`,
      };
    },
  });
  frame = frames[frames.length - 1];
}

/** Two measures against each other: one mark per design, single replications in the background. */
function planeFigure(place, id, title, subtitle, [across, up]) {
  const all = rowsOf("summary.csv");
  figure(place, {
    id,
    title,
    subtitle,
    draw: (width) => {
      const of = (name, measure) =>
        region("summary.csv", measure, all).find(
          (row) => row.organisation === name && row.n !== "0",
        );
      const points = designs
        .filter((name) => chosen.designs.has(name))
        .map((name) => ({ organisation: name, x: of(name, across), y: of(name, up) }))
        .filter((point) => point.x && point.y);
      if (!points.length) return null;
      const replications = own(rowsOf("replications.csv")).filter(
        (row) => row[across] !== "" && row[up] !== "",
      );
      const mean = (row) => number(row.mean),
        half = (row) => 1.96 * (number(row.se) || 0),
        say = (row) => `${shown("summary.csv", row, "mean")} ± ${shown("summary.csv", row, "se")}`;
      const stroke = (point) => colorOf(point.organisation);
      // If nothing varies, an axis has no range of its own.
      const span = (column, of) => {
        const [low, high] = d3.extent([
          ...replications.map((row) => number(row[column])),
          ...points.map((point) => mean(of(point))),
        ]);
        return high - low < 1e-6 ? [Math.min(0, low), Math.max(1, high)] : undefined;
      };
      return {
        legend: points.map((point) => point.organisation),
        options: {
          height: 380,
          marginLeft: 52,
          marginRight: 30,
          x: {
            label: axisOf(across),
            nice: true,
            grid: true,
            domain: span(across, (point) => point.x),
            ticks: Math.max(3, Math.floor(width / 110)),
          },
          y: { label: axisOf(up), nice: true, grid: true, domain: span(up, (point) => point.y) },
          marks: [
            across.startsWith("depth")
              ? Plot.link([0], {
                  x1: 0,
                  y1: 0,
                  x2: d3.max(points, (p) => mean(p.x)),
                  y2: d3.max(points, (p) => mean(p.x)),
                  stroke: "var(--soft)",
                  strokeDasharray: "3,3",
                })
              : null,
            Plot.dot(replications, {
              x: (row) => number(row[across]),
              y: (row) => number(row[up]),
              fill: stroke,
              r: 1.6,
              fillOpacity: 0.28,
            }),
            Plot.ruleY(points, {
              y: (p) => mean(p.y),
              x1: (p) => mean(p.x) - half(p.x),
              x2: (p) => mean(p.x) + half(p.x),
              stroke,
              strokeWidth: 2,
            }),
            Plot.ruleX(points, {
              x: (p) => mean(p.x),
              y1: (p) => mean(p.y) - half(p.y),
              y2: (p) => mean(p.y) + half(p.y),
              stroke,
              strokeWidth: 2,
            }),
            Plot.dot(points, {
              x: (p) => mean(p.x),
              y: (p) => mean(p.y),
              fill: stroke,
              stroke: "var(--paper)",
              symbol: (p) => symbolOf(p.organisation),
              r: 7,
              title: (p) =>
                `${p.organisation}\n${titleOf(across)}: ${say(p.x)}\n${titleOf(up)}: ${say(p.y)}\nn = ${p.x.n}`,
              tip: { fill: "var(--paper)" },
            }),
          ],
          symbol: { domain: SYMBOLS, range: SYMBOLS },
        },
        numbers: {
          columns: ["organisation", titleOf(across), titleOf(up)],
          rows: points.map((p) => [p.organisation, say(p.x), say(p.y)]),
        },
        summary: `${points.length} organisations.`,
      };
    },
  });
}
