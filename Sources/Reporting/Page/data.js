"use strict";

// The data of the page: for each statement its rows, column by column (ReportJSON.swift).

const recorded = JSON.parse(document.getElementById("data").textContent);

/** All values of a column: repeats, cycles and numbered texts written out. */
function decoded(column, rows) {
  let values = column.values;
  if (column.cycle) values = Array.from({ length: rows }, (_, row) => column.values[row % column.values.length]);
  if (column.counts) values = column.values.flatMap((value, i) => Array(column.counts[i]).fill(value));
  return column.texts ? values.map((value) => (value === null ? null : column.texts[value])) : values;
}

const tables = new Map(recorded.tables.map((table) => {
  const columns = Object.fromEntries(table.columns.map((column) => [column.name, decoded(column, table.rows)]));
  return [table.id, { ...table, names: table.columns.map((column) => column.name), columns }];
}));

/** The rows of a table as objects. */
function rowsOf(id) {
  const table = tables.get(id);
  if (!table) return [];
  return Array.from({ length: table.rows }, (_, row) =>
    Object.fromEntries(table.names.map((name) => [name, table.columns[name][row]])));
}

// Sites in the order in which data meets them, and tokens in the order of the text. A token's `rows` has, for each site,
// the number of its row in the table `tokens`.
const sites = [];
const tokens = [];
const tokenAt = new Map();
const placeOf = (sequence, position) => `${sequence} ${position}`;
if (tables.has("text")) {
  for (const row of rowsOf("text")) {
    const token = {
      index: tokens.length, sequence: row.sequence_id, position: row.position, id: row.token_id, text: row.token ?? "", rows: [],
      surprise: null, rank: null, attention: new Map(),
    };
    tokens.push(token);
    tokenAt.set(placeOf(token.sequence, token.position), token);
  }
}
if (tables.has("tokens")) {
  const { columns, rows } = tables.get("tokens");
  const names = new Map();
  for (let row = 0; row < rows; row++) names.set(columns.depth[row], columns.site[row]);
  for (const depth of [...names.keys()].sort((a, b) => a - b)) sites.push({ depth, name: names.get(depth) });
  const place = new Map(sites.map((site, i) => [site.depth, i]));
  for (const token of tokens) token.rows = Array(sites.length).fill(null);
  for (let row = 0; row < rows; row++) {
    const token = tokenAt.get(placeOf(columns.sequence_id[row], columns.position[row]));
    if (token) token.rows[place.get(columns.depth[row])] = row;
  }
}
for (const row of rowsOf("surprise")) {
  const token = tokenAt.get(placeOf(row.sequence_id, row.position));
  if (token) Object.assign(token, { surprise: row.surprise, rank: row.rank });
}
for (const row of rowsOf("attention")) tokenAt.get(placeOf(row.sequence_id, row.position))?.attention.set(row.layer, row.to_first);

/** The layer that a site belongs to; that of the last block where it stands outside the blocks. */
function layerOf(site) {
  const layer = sites[site]?.name.match(/^blocks\.(\d+)\./)?.[1];
  if (layer !== undefined) return Number(layer);
  return site === 0 ? 0 : sites.reduce((last, { name }) => Math.max(last, Number(name.match(/^blocks\.(\d+)\./)?.[1] ?? 0)), 0);
}

/** A token's value in a column of the table `tokens`, at the site with this place; null where there is none. */
function valueOf(token, column, site) {
  const row = token.rows[site] ?? null;
  return row === null ? null : tables.get("tokens").columns[column][row];
}

/** Its variance before the norm; null also where a logarithm would have none. */
function varianceOf(token, site) {
  const value = valueOf(token, "variance", site);
  return value !== null && value > 0 ? value : null;
}

/** What the norm divides by, as the view token_statistics computes it. */
function scaleOf(token, site) {
  const variance = valueOf(token, "variance", site), mean = valueOf(token, "mean", site);
  if (variance === null) return null;
  return Math.sqrt(variance + (recorded.norm.isRMS ? mean * mean : 0) + recorded.norm.epsilon);
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
