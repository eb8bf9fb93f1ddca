"use strict";

// The data of the page: for each statement its rows, column by column (ReportJSON.swift).

const recorded = JSON.parse(document.getElementById("data").textContent);

/** All values of a column: repeats and numbered texts written out. */
function decoded(column) {
  let values = column.values;
  if (column.counts) values = column.values.flatMap((value, i) => Array(column.counts[i]).fill(value));
  return column.texts ? values.map((value) => (value === null ? null : column.texts[value])) : values;
}

const tables = new Map(recorded.tables.map((table) => {
  const columns = Object.fromEntries(table.columns.map((column) => [column.name, decoded(column)]));
  return [table.id, { ...table, names: table.columns.map((column) => column.name), columns }];
}));

/** The rows of a table as objects. */
function rowsOf(id) {
  const table = tables.get(id);
  if (!table) return [];
  return Array.from({ length: table.rows }, (_, row) =>
    Object.fromEntries(table.names.map((name) => [name, table.columns[name][row]])));
}

// Sites in the order in which the data meets them, and tokens in the order of the text. A token's `rows` has, for each
// site, the number of its row in the table `tokens`.
const sites = [];
const tokens = [];
if (tables.has("tokens")) {
  const { columns, rows } = tables.get("tokens");
  const names = new Map();
  for (let row = 0; row < rows; row++) names.set(columns.depth[row], columns.site[row]);
  for (const depth of [...names.keys()].sort((a, b) => a - b)) sites.push({ depth, name: names.get(depth) });
  const place = new Map(sites.map((site, i) => [site.depth, i]));
  for (let row = 0; row < rows; row++) {
    const last = tokens.at(-1);
    if (!last || last.sequence !== columns.sequence_id[row] || last.position !== columns.position[row]) {
      tokens.push({
        index: tokens.length, sequence: columns.sequence_id[row], position: columns.position[row],
        id: columns.token_id[row], text: columns.token[row] ?? "", rows: Array(sites.length).fill(null),
      });
    }
    tokens.at(-1).rows[place.get(columns.depth[row])] = row;
  }
}

/** A token's value in a column of the table `tokens`, at the site with this place; null where there is none. */
function valueOf(token, column, site) {
  const row = token.rows[site];
  return row === null ? null : tables.get("tokens").columns[column][row];
}

/** Its variance before the norm; null also where a logarithm would have none. */
function varianceOf(token, site) {
  const value = valueOf(token, "variance", site);
  return value !== null && value > 0 ? value : null;
}

/** Text in which every character can be seen: control, bidirectional and invisible ones as escapes. */
function visible(text) {
  return text.replace(/\n/g, "↵").replace(/\t/g, "⇥").replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]/gu,
    (character) => `\\u{${character.codePointAt(0).toString(16)}}`);
}

/** A token's text between quotation marks, with its edge spaces shown. */
function quoted(text) {
  return `‘${visible(text).replace(/^ +| +$/g, (spaces) => "␣".repeat(spaces.length))}’`;
}

function nameOf(token) {
  return `${quoted(token.text)}, sequence ${token.sequence}, position ${token.position}`;
}

/** `blocks.3.ln1` as `3.ln1`: the word is the same at every site. */
function shortSite(name) { return name.replace(/^blocks\./, ""); }

/** A number to read: three or four significant digits. */
function shown(value, digits = 3) {
  if (value === null || value === undefined) return "none";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e7 || size < 1e-4) return value.toExponential(digits - 1);
  if (Number.isInteger(value) || size >= 1000) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(digits)));
}
