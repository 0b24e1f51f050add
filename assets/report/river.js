// Diagram of the rivers: flows by season, and deficits of water and power.

/**
 * Positions of the nodes of a basin: horizontally by distance from the mouth, vertically by branch.
 */
function layout(basin) {
  const nodes = basin.nodes.map((node, at) => ({ ...node, at, above: [] }));
  for (const node of nodes)
    if (node.downstream !== null) nodes[node.downstream].above.push(node.at);
  const distance = (at) => (nodes[at].downstream === null ? 0 : 1 + distance(nodes[at].downstream));
  let line = 0;
  const settle = (at) => {
    const node = nodes[at];
    node.x = distance(at);
    if (!node.above.length) node.y = line++;
    else {
      node.above.forEach(settle);
      node.y = d3.mean(node.above, (other) => nodes[other].y);
    }
  };
  nodes.filter((node) => node.downstream === null).forEach((node) => settle(node.at));
  const most = d3.max(nodes, (node) => node.x);
  for (const node of nodes) node.x = most - node.x;
  return { nodes, lines: line, most };
}

function riverFigure(place, basin) {
  const all = rowsOf("river.csv").filter((row) => row.basin === basin.name);
  if (!all.length) return;
  const names = [...new Set(all.map((row) => row.organisation))],
    { nodes, lines, most } = layout(basin);
  const REFERENCE = " without cooperation";
  let season = "summer",
    design = names[0],
    frame = null;
  const again = () => frame.redraw();
  const controls = [
    select(
      "season",
      [
        ["summer", "summer"],
        ["winter", "winter"],
      ],
      season,
      (value) => {
        season = value;
        again();
      },
    ),
    select(
      "under",
      [...names.map((name) => [name, name]), [REFERENCE, "no cooperation"]],
      design,
      (value) => {
        design = value;
        again();
      },
    ),
  ];
  const note = `Means of ${all[0].n} years of the first replications; seed ${manifest.seed}`;
  figure(place, {
    id: `river-${basin.name}`,
    wide: true,
    title: "",
    note,
    controls,
    draw: (width) => {
      const reference = design === REFERENCE,
        column = reference ? "reference" : "mean";
      const found = new Map(
        all
          .filter(
            (row) => row.season === season && row.organisation === (reference ? names[0] : design),
          )
          .map((row) => [`${row.node} ${row.quantity}`, row]),
      );
      const get = (node, quantity) => {
        const row = found.get(`${node.name} ${quantity}`);
        return row ? number(row[column]) : NaN;
      };
      const say = (node, quantity) => {
        const row = found.get(`${node.name} ${quantity}`);
        return row ? shown("river.csv", row, column) : "–";
      };
      const extent = d3.max(
        all.filter((row) => row.quantity === "flow"),
        (row) => Math.max(number(row.mean), number(row.reference)),
      );
      const thick = (x) => 1 + (13 * Math.max(0, x)) / extent;
      const lacks = season === "summer" ? "irrigation_deficit" : "winter_power_deficit";
      const unit = season === "summer" ? "km³" : "TWh";
      const tall = width < 560,
        step = tall ? 58 : 74;
      const states = [...new Set(nodes.map((node) => node.state))];
      const stateMark = (id) => `${stateName(id)}`;
      const tell = (node) =>
        [
          `${node.name} (${stateMark(node.state)})`,
          `outflow: ${say(node, "flow")} km³`,
          node.operator ? `released: ${say(node, "release")} km³` : null,
          node.demand > 0 && season === "summer"
            ? `withdrawn: ${say(node, "withdrawal")} km³, deficit ${say(node, "irrigation_deficit")} km³`
            : null,
          node.operator && season === "winter"
            ? `power deficit: ${say(node, "winter_power_deficit")} TWh; fuel under plans: ${say(node, "fuel_delivered")} TWh`
            : null,
          season === "winter" && get(node, "excess") > 0
            ? `above the winter channel: ${say(node, "excess")} km³`
            : null,
        ]
          .filter(Boolean)
          .join("\n");
      const links = nodes.map((node) => ({
        node,
        x1: node.x,
        y1: node.y,
        x2: node.downstream === null ? node.x + 0.8 : nodes[node.downstream].x,
        y2: node.downstream === null ? node.y : nodes[node.downstream].y,
      }));
      const short_of = nodes.filter((node) => get(node, lacks) > 0.005);
      return {
        title: `The river ${basin.name}, ${season}${reference ? ", without cooperation" : `, under ${design}`}`,
        subtitle: `Line width: outflow of a node (labelled, km³ per season). Squares: operated reservoirs. Red: unmet ${season === "summer" ? "irrigation demand, km³" : "winter power demand of the operator, TWh"}.`,
        options: {
          height: 30 + lines * step + 20,
          marginLeft: 26,
          marginRight: 40,
          marginTop: 26,
          marginBottom: 30,
          x: { axis: null, domain: [-0.35, most + 0.9] },
          y: { axis: null, domain: [-0.5, lines - 0.4] },
          r: {
            range: [0, 16],
            domain: [
              0,
              d3.max(
                all.filter((row) => row.quantity === lacks),
                (row) => Math.max(number(row.mean), number(row.reference)),
              ) || 1,
            ],
          },
          marks: [
            Plot.link(links, {
              x1: "x1",
              y1: "y1",
              x2: "x2",
              y2: "y2",
              stroke: "var(--design-5)",
              strokeWidth: (link) => thick(get(link.node, "flow")),
              strokeLinecap: "round",
              curve: "bump-x",
            }),
            Plot.dot(short_of, {
              x: "x",
              y: "y",
              r: (node) => get(node, lacks),
              fill: "var(--lack)",
              fillOpacity: 0.75,
            }),
            Plot.dot(nodes, {
              x: "x",
              y: "y",
              r: 5,
              symbol: (node) => (node.operator ? "square" : "circle"),
              fill: "var(--paper)",
              stroke: "var(--ink)",
              strokeWidth: 2,
              title: tell,
              tip: { fill: "var(--paper)" },
            }),
            Plot.text(nodes, {
              x: "x",
              y: "y",
              dy: -19,
              text: (node) => brief(node.name.replaceAll("_", " "), tall ? 9 : 20),
              fill: "var(--ink)",
              stroke: "var(--panel)",
              strokeWidth: 4,
              paintOrder: "stroke",
              fontSize: tall ? 10 : 12,
            }),
            Plot.text(nodes, {
              x: "x",
              y: "y",
              dy: 19,
              text: (node) => `${node.state} · ${say(node, "flow")}`,
              fill: "var(--soft)",
              stroke: "var(--panel)",
              strokeWidth: 4,
              fontSize: tall ? 9.5 : 11,
            }),
            Plot.text(short_of, {
              x: "x",
              y: "y",
              dy: 32,
              text: (node) => `−${say(node, lacks)} ${unit}`,
              fill: "var(--lack)",
              stroke: "var(--panel)",
              strokeWidth: 4,
              fontSize: tall ? 9.5 : 11,
            }),
          ],
          symbol: { domain: ["circle", "square"], range: ["circle", "square"] },
        },
        numbers: {
          columns: [
            "node",
            "state",
            "outflow, km³",
            season === "summer" ? "withdrawn, km³" : "above the channel, km³",
            `deficit, ${unit}`,
            "released, km³",
          ],
          rows: nodes.map((node) => [
            node.name,
            stateName(node.state),
            say(node, "flow"),
            say(node, season === "summer" ? "withdrawal" : "excess"),
            say(node, lacks),
            say(node, "release"),
          ]),
        },
        summary: `${nodes.length} nodes in ${states.length} states.`,
      };
    },
  });
  frame = frames[frames.length - 1];
}
