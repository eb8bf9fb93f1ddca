// Under each picture: the statement that made it and its rows, to read and to copy.

const rowsShown = 50;

function csvField(value) {
  if (value === null) return "";
  const text = String(value);
  return text === "" || /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const tsvEscapes = { "\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\" };

function tsvField(value) { return value === null ? "" : String(value).replace(/[\t\n\r\\]/g, (c) => tsvEscapes[c]); }

/** The whole table as text, with a line of names. */
function asText(table, field, separator) {
  const lines = [table.names.map(field).join(separator)];
  for (let row = 0; row < table.rows; row++) lines.push(table.names.map((name) => field(table.columns[name][row])).join(separator));
  return `${lines.join("\n")}\n`;
}

/** The text to the clipboard; where a browser does not let a file do so, by way of a selection. */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = element("textarea", { class: "unseen", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

function announce(text) { document.getElementById("announce").textContent = text; }

function copyButton(name, text) {
  const button = element("button", { type: "button", text: name });
  button.addEventListener("click", async () => {
    const done = await copied(text());
    button.textContent = done ? "Copied" : "Not allowed here";
    announce(done ? `${name}: copied` : "The browser does not allow copying here");
    setTimeout(() => { button.textContent = name; }, 1600);
  });
  return button;
}

/** A cell: numbers as they are, texts with their invisible characters shown. */
function cellOf(value) {
  if (value === null) return element("td", { class: "none", text: "NULL" });
  if (typeof value === "number") return element("td", { class: "number", text: String(value) });
  return element("td", { text: visible(value).replace(/^ +| +$/g, (spaces) => "␣".repeat(spaces.length)) });
}

/** Fills one <details>, when it is first opened. */
function fillSource(details) {
  const table = tables.get(details.dataset.table);
  const given = table.parameters.map(({ name, value }) => `:${name} = ${value}`).join(", ");
  const values = table.parameters.map(({ name, value }) => ` -p ${name}=${value}`).join("");
  const how = table.query
    ? `The named query ${table.query}; on a terminal: actrec query run.db ${table.query}${values}`
    : `A statement of this report, run with ${given}.`;
  const count = Math.min(table.rows, rowsShown);
  const head = element("tr", {}, table.names.map((name) => element("th", { scope: "col", text: name })));
  const body = Array.from({ length: count }, (_, row) =>
    element("tr", {}, table.names.map((name) => cellOf(table.columns[name][row]))));
  details.append(
    element("p", { text: how }),
    element("pre", { tabindex: 0, "aria-label": "SQL" }, [element("code", { text: table.sql.trim() })]),
    element("p", { class: "buttons" }, [
      copyButton("Copy SQL", () => table.sql),
      copyButton("Copy rows as CSV", () => asText(table, csvField, ",")),
      copyButton("Copy rows as TSV", () => asText(table, tsvField, "\t")),
      element("span", {
        text: table.rows > count
          ? `The first ${count} of ${table.rows.toLocaleString("en-US")} rows; copying takes all.` : `${table.rows} rows`,
      }),
    ]),
    element("div", { class: "rows", tabindex: 0, role: "region", "aria-label": `Rows of ${table.id.replaceAll("_", " ")}` },
      [element("table", {}, [element("thead", {}, [head]), element("tbody", {}, body)])]));
}

function watchSources() {
  for (const details of document.querySelectorAll("details.source")) {
    details.addEventListener("toggle", () => { if (details.open && details.children.length === 1) fillSource(details); });
  }
}
