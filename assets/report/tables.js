// Tables that can be sorted, filtered and saved.

const WORDS = {
  organisation: "organisation",
  measure: "measure",
  state: "state",
  unit: "unit",
  mean: "mean",
  se: "std. error",
  sd: "sd",
  ci_low: "95 % from",
  ci_high: "to",
  d_z: "effect d_z",
  p_a_better: "a better in",
  n: "n",
};

/** Puts a table on the page; `follow` says whether it follows the selection. */
function table(
  place,
  { id, title, columns, rows, cell, follow = false, open = false, note = "", download },
) {
  const FIRST = 60;
  const numeric = new Set(
    columns.filter((column) => {
      const values = rows
        .map((row) => row[column])
        .filter((value) => value !== "" && value !== undefined);
      return values.length > 0 && values.every((value) => !Number.isNaN(+value));
    }),
  );
  let sorted = null,
    up = true,
    words = "",
    all = false;
  const body = make("tbody"),
    count = make("p", { class: "note", role: "status" });
  const more = make(
    "button",
    {
      type: "button",
      hidden: true,
      onclick: () => {
        all = !all;
        redraw();
      },
    },
    "Show all",
  );
  const heads = columns.map((column) =>
    make(
      "th",
      { scope: "col", class: numeric.has(column) ? "number" : false, "aria-sort": "none" },
      make(
        "button",
        {
          type: "button",
          onclick: () => {
            up = sorted === column ? !up : !numeric.has(column);
            sorted = column;
            redraw();
          },
        },
        WORDS[column] ?? column.replaceAll("_", " "),
      ),
    ),
  );
  const filter = make("input", {
    type: "search",
    placeholder: "filter rows",
    "aria-label": `Filter ${title}`,
    oninput: () => {
      words = filter.value.toLowerCase();
      redraw();
    },
  });
  const text = (row, column) => cell(row, column) ?? "";
  const redraw = () => {
    let kept = rows.filter(
      (row) =>
        !follow || (isChosen(row) && (row.state === undefined || chosen.states.has(row.state))),
    );
    if (words) {
      const wanted = words.split(/\s+/).filter(Boolean);
      kept = kept.filter((row) => {
        const line = columns
          .map((column) => `${row[column] ?? ""} ${text(row, column)}`)
          .join(" ")
          .toLowerCase();
        return wanted.every((word) => line.includes(word));
      });
    }
    if (sorted) {
      const value = (row) =>
        numeric.has(sorted) ? number(row[sorted]) : text(row, sorted).toLowerCase();
      const empty = (x) => x === "" || Number.isNaN(x);
      kept = d3.sort(kept, (a, b) => {
        const [x, y] = [value(a), value(b)];
        if (empty(x) || empty(y)) return empty(x) - empty(y);
        return up ? d3.ascending(x, y) : d3.descending(x, y);
      });
    }
    heads.forEach((head, at) =>
      head.setAttribute(
        "aria-sort",
        columns[at] === sorted ? (up ? "ascending" : "descending") : "none",
      ),
    );
    const visible = all ? kept : kept.slice(0, FIRST);
    body.replaceChildren(
      ...visible.map((row) =>
        make(
          "tr",
          {},
          ...columns.map((column) =>
            make(
              "td",
              {
                class: numeric.has(column) ? "number" : false,
                "data-value": row[column],
                title: numeric.has(column) && row[column] ? row[column] : undefined,
              },
              text(row, column),
            ),
          ),
        ),
      ),
    );
    count.textContent = `${kept.length} of ${rows.length} rows${kept.length > visible.length ? `, the first ${visible.length} shown` : ""}. ${note}`;
    more.hidden = kept.length <= FIRST;
    more.textContent = all ? "Show fewer" : "Show all";
  };
  const details = make(
    "details",
    { open },
    make("summary", {}, make("b", {}, title)),
    make(
      "div",
      { class: "controls" },
      filter,
      more,
      make(
        "button",
        {
          type: "button",
          onclick: () => save(download.name, new Blob([download.text()], { type: "text/csv" })),
        },
        "CSV",
      ),
    ),
    count,
    make(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": title },
      make("table", { id: `table-${id}` }, make("thead", {}, make("tr", {}, ...heads)), body),
    ),
  );
  place.append(make("div", { class: "table" }, details));
  // Rows are created when the table is opened.
  details.addEventListener("toggle", () => {
    if (details.open) redraw();
  });
  if (open) redraw();
  if (follow)
    whenChosen(() => {
      if (details.open) redraw();
    });
}

/** Puts a table of the folder on the page. */
function fileTable(place, file, options = {}) {
  const found = tables.get(file);
  if (!found) return;
  const people = {
    state: (row) => (row.state === "region" ? "region" : stateName(row.state)),
    unit: (row) => row.unit?.replace("km3", "km³"),
    measure: (row) => titleOf(row.measure),
  };
  table(place, {
    id: file.replace(/\W/g, "-"),
    title: `${found.title} (${file})`,
    columns: found.columns,
    rows: found.rows,
    cell: (row, column) =>
      file === "dictionary.csv" ? row[column] : (people[column]?.(row) ?? shown(file, row, column)),
    note: found.left_out ? `Left out here: ${found.left_out}.` : "",
    download: { name: file, text: () => found.csv },
    ...options,
  });
}

/** Puts notes on the page as a table; all objects have the same members. */
function noteTable(place, id, title, columns, rows, options = {}) {
  if (!rows.length) return;
  const text = () => d3.csvFormat(rows, columns);
  table(place, {
    id,
    title,
    columns,
    rows,
    cell: (row, column) => `${row[column] ?? ""}`,
    download: { name: `${id}.csv`, text },
    ...options,
  });
}
