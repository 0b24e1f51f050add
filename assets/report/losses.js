// Figure of the account of losses.

/** Where the gains of full cooperation are lost: a bar for each organisation. */
function lossesFigure(place) {
  const all = rowsOf("summary.csv").filter(
    (row) =>
      row.state === "region" &&
      row.n !== "0" &&
      CAUSES.some((cause) => cause.measure === row.measure),
  );
  if (!all.some((row) => row.measure.startsWith("lost_"))) return;
  const share = (name, cause) =>
    100 *
    number(
      all.find((row) => row.organisation === name && row.measure === cause.measure)?.mean ?? "0",
    );
  figure(place, {
    id: "losses",
    wide: true,
    title: "Where the gains of full cooperation are lost",
    subtitle:
      "Of 100 that full cooperation could gain, mean over years and replications. A year is settled again with one cause removed after the other; a negative part is left out of the bars.",
    draw: (width) => {
      const ranked = rowsOf("ranking.csv").map((row) => row.organisation);
      const names = (ranked.length ? ranked : designs).filter(
        (name) => chosen.designs.has(name) && all.some((row) => row.organisation === name),
      );
      if (!names.length) return null;
      const seen = CAUSES.filter((cause) =>
        names.some((name) => Math.abs(share(name, cause)) >= 0.5),
      ).reverse();
      const room = roomFor(names, width);
      const parts = names.flatMap((name) => {
        let from = 0;
        return seen.map((cause) => {
          const part = share(name, cause),
            start = from;
          from += Math.max(0, part);
          return { name, cause, part, start, end: Math.min(100, from) };
        });
      });
      const scale = (width - room.margin - 20) / 100;
      return {
        legend: seen.map((cause) => cause.words),
        options: {
          marginLeft: room.margin,
          height: 84 + 34 * names.length,
          x: {
            domain: [0, 100],
            label: "per cent of what full cooperation could gain",
            grid: true,
          },
          y: { domain: names, label: null, tickFormat: room.name, tickSize: 0 },
          marks: [
            Plot.barX(parts, {
              y: "name",
              x1: "start",
              x2: "end",
              fill: (part) => part.cause.color,
              title: (part) => `${part.name}\n${part.part.toFixed(1)} ${part.cause.words}`,
              tip: { fill: "var(--paper)" },
            }),
            Plot.text(
              parts.filter((part) => (part.end - part.start) * scale >= 22),
              {
                y: "name",
                x: (part) => (part.start + part.end) / 2,
                text: (part) => Math.round(part.part).toString(),
                fill: (part) => (d3.hcl(part.cause.color).l > 62 ? "#111" : "#fff"),
                pointerEvents: "none",
              },
            ),
          ],
        },
        numbers: {
          columns: ["organisation", ...CAUSES.map((cause) => cause.words)],
          rows: names.map((name) => [
            name,
            ...CAUSES.map((cause) => share(name, cause).toFixed(1)),
          ]),
        },
        summary: names
          .map((name) => `${name}: ${share(name, CAUSES.at(-1)).toFixed(0)} of 100 delivered`)
          .join("; "),
      };
    },
  });
}
