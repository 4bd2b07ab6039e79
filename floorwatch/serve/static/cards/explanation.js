// What a card says of one figure: its value worked out with its operands, what it leaves out, its definition and how
// fresh it is. The operands come from the server, which fills them for the API and the command line in the same way.

import { el } from "../shell/dom.js";
import { dayAndTime, definition, inWords, listed, say, timeOfDay } from "../shell/words.js";

const TWO_WINDOWS = ["15m", "day"];
const NOW_OR_OWN = [null];
const WINDOWED = new Set([
  "service_level", "decided", "offered", "answered", "answered_in_threshold", "abandoned", "abandoned_short", "exited",
  "abandon_ratio", "asa", "aht",
]);
const SYMBOL_MAX = 3; // longer ones are words, and have a better one in the chosen language
const SYMBOLS_MAX = 60;
const ASK_EVERY_MS = 1_000;

/** Asks the server for the operands of one figure, again and again while its card is open. */
export class Explanations {
  constructor(figure, queueName, arrived) {
    this.figure = figure;
    this.queueName = queueName;
    this.arrived = arrived;
    this.answers = [];
    this.askedAt = -Infinity;
  }

  /** Asks at most once a second, and never twice at a time. What went wrong is asked again. */
  async refresh() {
    if (this.asking || performance.now() - this.askedAt < ASK_EVERY_MS) return;
    this.asking = true;
    this.askedAt = performance.now();
    const windows = WINDOWED.has(this.figure) ? TWO_WINDOWS : NOW_OR_OWN;
    try {
      const answers = await Promise.all(windows.map((window) => this.ask(window)));
      this.answers = answers.flatMap((answer) => answer?.explained ?? []);
      this.arrived();
    } finally {
      this.asking = false;
    }
  }

  async ask(window) {
    const query = new URLSearchParams({ figure: this.figure });
    if (this.queueName) query.set("queue", this.queueName);
    if (window) query.set("window", window);
    try {
      const answer = await fetch(`/api/v1/explain?${query}`);
      return answer.ok ? await answer.json() : null;
    } catch {
      return null;
    }
  }
}

/** [term, value, class] of each fact that the explanation knows. */
export function workedOut(rows) {
  return rows.map((row) => [windowName(row), working(row)]);
}

function windowName(row) {
  return say(`window.${row.window}`);
}

function working(row) {
  if (row.why) return el("span", "", say(`why.${row.why}`));
  const sign = row.model ? "≈" : "=";
  const arithmetic = ["", row.shown].includes(row.numbers) ? row.shown : `${row.shown} ${sign} ${row.numbers}`;
  const remarks = [
    sample(row),
    row.model ? say(`model.${row.model}`) : "",
  ].filter(Boolean);
  return el("span", "", el("span", "card-formula", arithmetic), " ", el("span", "card-sample", remarks.join(" · ")));
}

/** The n of a figure; of one that is a share of time, that time. */
function sample(row) {
  if (row.n === null) return "";
  const isTime = definition(definition(row.figure).sample).unit === "seconds";
  return isTime ? say("card.sample_time", { n_ms: row.n * 1000 }) : say("tile.sample", row);
}

/** The operands, a line each, a column for each window. */
export function operandTable(rows) {
  const worked = rows.filter((row) => row.operands.length > 1);
  if (!worked.length) return null;
  const columns = worked.map((row) => el("th", "", windowName(row)));
  const head = el("tr", "card-table-head", el("th", "card-formula", short(worked[0].symbols)), ...columns);
  const lines = symbolsOf(worked).map((symbol) => {
    const operands = worked.map((row) => row.operands.find((operand) => operand.symbol === symbol));
    const name = inWords(operands.find(Boolean).name);
    const cells = operands.map((operand) => el("td", "", operand ? plain(operand.value) : "–"));
    const sign = name && symbol.length > SYMBOL_MAX ? null : el("b", "card-symbol", symbol);
    const both = el("div", "card-operand", sign, el("span", "", name));
    return el("tr", "", el("th", "", both), ...cells);
  });
  return el("table", "card-table", head, ...lines);
}

/** What a line can hold; the operands below say the rest. */
function short(symbols) {
  return symbols.length > SYMBOLS_MAX ? "" : symbols;
}

function symbolsOf(rows) {
  return [...new Set(rows.flatMap((row) => row.operands.map((operand) => operand.symbol)))];
}

function plain(value) {
  return String(Number(value.toFixed(3)));
}

/** What is left out and why; what has changed, and when. */
export function leftOut(id, rows, timezone) {
  const meaning = definition(id);
  const clauses = meaning.excludes.map((clause) => el("li", "", clause));
  const remarks = rows.slice(0, 1).flatMap((row) => [
    row.unseen.length ? say("explain.untold", { facts: untold(row) }) : "",
    row.without.length ? say("explain.without", { queues: listed(row.without) }) : "",
    row.incomplete ? say("explain.incomplete") : "",
  ]);
  const changes = [
    ...meaning.changes.map((change) => say("explain.changed", change)),
    ...meaning.marks.map((mark) => say("card.mark", { ...mark, time: dayAndTime(mark.at, timezone) })),
  ];
  return [
    el("h3", "card-part", say("explain.left_out")),
    clauses.length ? el("ul", "card-out", ...clauses) : el("p", "card-out", say("explain.nothing_left_out")),
    ...[...remarks.filter(Boolean), ...changes].map((remark) => el("p", "card-remark", remark)),
  ];
}

function untold(row) {
  return listed(row.unseen.map((fact) => say(`unseen.${fact}`)));
}

/** How fresh it is, a line for each feed. */
export function freshness(rows, floor) {
  const heard = (rows[0]?.heard ?? []).map((feed) => {
    if (feed.last_event_at === null) return say("explain.silent", feed);
    const key = feed.state === "up" ? "explain.heard" : "explain.down";
    return say(key, { ...feed, time: timeOfDay(feed.last_event_at, floor.timezone, true) });
  });
  return [timeOfDay(floor.at, floor.timezone, true), ...heard.map((line) => el("span", "card-heard", line))];
}

/** The symbols of a formula, for those who do not know them by heart. */
export function legend(id) {
  const symbols = Object.entries(definition(id).symbols).flatMap(([symbol, name], index) => [
    index ? " · " : "",
    el("b", "", symbol),
    ` ${inWords(name)}`,
  ]);
  return symbols.length ? el("p", "card-symbols", ...symbols) : null;
}

