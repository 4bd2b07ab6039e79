// The definition card: what a number means, from which operands it was made, and how fresh it is.

import { el, figureButton, wordsOf } from "../shell/dom.js";
import { ahead, hereOfNeeded, projectionWords } from "./ahead.js";
import { Explanations, freshness, leftOut, legend, operandTable, workedOut } from "./explanation.js";
import { ACTIVITIES } from "../shell/activities.js";
import { inAddress } from "../shell/preferences.js";
import { placeOf } from "../shell/nav.js";
import { hoursText, longestWait } from "../shell/waits.js";
import { definition, say, timeOfDay, wordFor, written } from "../shell/words.js";

const WINDOW = "15m";
/** What is shown and longer than this is words, and written as such. */
const LARGE_MAX = 24;
const SHEET_WINDOWS = ["15m", "60m", "day"];
const AIMED = new Set([
  "decided", "target", "waiting", "waiting_past_threshold", "longest_wait", "answered_in_threshold",
]);
const KIND = { ratio: "percent1", seconds: "clock" };
// figure, key of its value in a window, how it is written, key of its n
const SHEET = [
  ["service_level", "level", "percent1", "level_n"],
  ["offered", "offered", "count"],
  ["answered", "answered", "count"],
  ["answered_in_threshold", "answered_in_threshold", "count"],
  ["abandoned", "abandoned", "count"],
  ["abandoned_short", "abandoned_short", "count"],
  ["exited", "exited", "count"],
  ["abandon_ratio", "abandon_ratio", "percent1", "abandon_ratio_n"],
  ["asa", "asa_ms", "clock", "asa_n"],
  ["aht", "aht_ms", "clock", "handled"],
];

export class Card {
  constructor(dialog) {
    this.dialog = dialog;
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
  }

  open(figure, queueName, stream, shown = null) {
    this.figure = figure;
    this.shown = shown;
    this.queueName = queueName;
    this.dialog.dataset.queue = queueName ?? "";
    this.explanations = new Explanations(figure, queueName, () => this.draw(stream));
    this.update(stream, true);
    if (!this.dialog.open) this.dialog.showModal();
  }

  /** Keeps an open card true while the floor moves on. */
  update(stream, opening = false) {
    if (!this.dialog.open && !opening) return;
    if (this.figure !== "queue" && stream.state() === "live") this.explanations.refresh();
    this.draw(stream);
  }

  draw(stream) {
    const floor = stream.floor;
    const queue = floor?.queues.find((candidate) => candidate.name === this.queueName);
    if (!floor || (this.queueName && !queue)) return;
    const known = stream.state() !== "gone" && (!queue || queue.unknown_since === null);
    const close = el("button", "card-close", say("control.close"));
    close.type = "button";
    close.addEventListener("click", () => this.dialog.close());
    const parts =
      this.figure === "queue"
        ? sheet(queue, floor, known)
        : facts(this.figure, queue, floor, known, stream.knownNow(), this.explanations.answers, this.shown?.(stream));
    const inside = el("div", "card-inside", ...parts, close);
    if (this.dialog.open && inside.textContent === this.dialog.textContent) return; // leaves a selection alone
    const focused = this.dialog.contains(document.activeElement);
    this.dialog.replaceChildren(inside);
    if (focused) close.focus();
  }
}

function heading(text, above, className = "") {
  const title = el("h2", `card-title ${className}`.trim(), text);
  title.id = "card-title";
  return el("header", "card-head", above ? el("span", "card-queue", above) : null, title);
}

/** `given`: whose figure it is, what is shown of it and of when, where no queue has it. */
function facts(figure, queue, floor, known, now, rows, given) {
  const id = figure === "service_level" && queue ? `service_level.${queue.formula}` : figure;
  const meaning = definition(id);
  const isLevel = figure === "service_level" || figure === "decided";
  const worked = known ? rows : [];
  const value = given?.value ?? shownValue(figure, meaning, queue, floor, known, now, rows[0]);
  const isLarge = typeof value === "string" && value.length <= LARGE_MAX;
  const list = [[say("card.shown"), isLarge ? value : lines(value), isLarge ? "card-value" : "card-value card-words"]];
  list.push([say("explain.formula"), meaning.formula, "card-formula"]);
  list.push(...workedOut(worked));
  const staff = figure === "agents_by_activity";
  if (queue && (AIMED.has(figure) || meaning.sample === "decided")) {
    list.push([say("card.target"), say("card.target_of", { ...queue, short_ms: queue.short_abandon_ms })]);
  }
  if (queue?.hours && !staff) list.push([say("card.hours"), openingHours(queue.hours, floor)]);
  if (staff) list.push(...agents(queue, known));
  if (queue && known) list.push(...ahead(figure, queue, floor));
  list.push([say("card.definition"), say("explain.version", meaning)]);
  list.push([say("card.freshness"), given?.as_of ?? freshness(rows, floor)]);
  return [
    heading(meaning.name, given?.subject ?? queue?.name, "card-figure"),
    el("p", "card-text", meaning.text, isLevel ? ` ${say("card.least", { least: floor.min_sample })}` : ""),
    el("div", "card-side", pairs(list), staff ? null : operandTable(worked)),
    el("div", "card-side", ...leftOut(id, worked, floor.timezone), isLevel && known ? byFormula(queue) : null),
    legend(id),
  ].filter((part) => part !== null);
}

/** Words, and of a list each in a line of its own. */
const lines = (value) => [value].flat().map((line) => el("span", "", ...wordsOf(line)));

function openingHours(hours, floor) {
  const state = say(hours.is_open ? "card.open_until" : "card.closed_until", {
    time: timeOfDay(hours.changes_at, floor.timezone),
  });
  return `${hoursText(hours)}. ${say("card.hours_meaning")} ${state}`;
}

function shownValue(figure, meaning, queue, floor, known, now, row) {
  if (figure === "floor_level") return written("percent1", floor.today.level);
  if (figure === "adherence" && !queue) return written("percent1", floor.adherence?.adherence);
  if (figure === "exceptions" && !queue) return written("count", floor.exceptions);
  if (!known) return say("verdict.unknown");
  const onSheet = SHEET.find(([id]) => id === figure);
  if (onSheet) return written(onSheet[2], queue.windows[WINDOW]?.[onSheet[1]]);
  if (figure === "decided") return written("count", queue.windows[WINDOW]?.level_n);
  if (figure === "target") return written("target", queue.target);
  if (figure === "longest_wait") {
    return written("clock", longestWait(queue, now));
  }
  if (figure === "agents_by_activity") {
    return written("count", Object.values(queue.members).reduce((sum, count) => sum + count, 0));
  }
  if (figure === "projection") return projectionWords(queue, floor);
  if (figure === "required_agents") return hereOfNeeded(queue);
  if (queue && figure in queue) return written(KIND[meaning.unit] ?? "count", queue[figure]);
  if (row && meaning.unit === "ratio") return written("percent1", row.value);
  return row?.shown ?? written("count", null);
}

function agents(queue, known) {
  if (!known) return [];
  const activities = [...ACTIVITIES, "offline"].filter((name) => queue.members[name]);
  return [
    ...activities.map((name) => [wordFor("activity", name), String(queue.members[name])]),
    ...["present", "elsewhere"].map((id) => {
      const meaning = definition(id);
      return [meaning.name, `${written("count", queue[id])}: ${meaning.text}`];
    }),
  ];
}

function pairs(rows) {
  const both = rows.flatMap(([term, value, className]) => [
    el("dt", "", term),
    el("dd", className ?? "", ...[value].flat()),
  ]);
  return el("dl", "card-list", ...both);
}

function byFormula(queue) {
  const windows = [WINDOW, "day"].filter((window) => queue.windows[window]);
  const rows = Object.keys(queue.windows[windows[0]]?.service_level ?? {}).map((formula) => {
    const chosen = formula === queue.formula;
    const name = definition(`service_level.${formula}`);
    const values = windows.map((window) => {
      const figures = queue.windows[window];
      const sample = el("span", "card-sample", say("tile.sample", { n: figures.service_level_n[formula] }));
      return [el("span", "", written("percent1", figures.service_level[formula])), " ", sample];
    });
    const label = [el("span", "", name.formula), " ", chosen ? el("span", "card-sample", say("card.chosen")) : ""];
    return { cells: [label, ...values], chosen };
  });
  return table(say("card.by_formula"), ["", ...windows.map((window) => say(`window.${window}`))], rows);
}

/** The queue in figures: opened from its name. */
function sheet(queue, floor, known) {
  const windows = SHEET_WINDOWS.filter((window) => known && queue.windows[window]);
  const rows = SHEET.map(([figure, key, kind, n]) => {
    const name = figureButton(figure, "card-opens");
    name.textContent = definition(figure).name;
    const values = windows.map((window) => counted(queue.windows[window], key, kind, n));
    return { cells: [name, ...values], chosen: figure === "service_level" };
  });
  const now = known ? nowRows(queue, floor) : [];
  const since = queue.unknown_since;
  const lost = since === null ? "" : say("tile.lost", { time: timeOfDay(since, floor.timezone) });
  return [
    heading(queue.name, say(`verdict.${queue.verdict}`)),
    el("p", "card-text", say("card.target_of", { ...queue, short_ms: queue.short_abandon_ms })),
    lost ? el("p", "card-text", lost) : null,
    now.length ? pairs(now) : null,
    windows.length ? table("", ["", ...windows.map((window) => say(`window.${window}`))], rows) : null,
    pairs([[say("card.freshness"), timeOfDay(floor.at, floor.timezone, true)]]),
    inAddress("name") === queue.name ? null : wayTo(queue.name),
  ].filter((part) => part !== null);
}

/** What lies ahead of the queue, each opening its card. */
function nowRows(queue, floor) {
  return [
    ["projection", projectionWords(queue, floor)],
    ["required_agents", hereOfNeeded(queue)],
  ].map(([figure, words]) => {
    const value = figureButton(figure, "card-opens");
    value.textContent = words;
    return [definition(figure).name, value];
  });
}

/** To the queue's own page. */
function wayTo(name) {
  const way = el("a", "card-way", say("card.to_queue"));
  way.href = placeOf("queue", name);
  return el("p", "card-text", way);
}

/** A value and, of a ratio or a mean, from how many it is. */
function counted(figures, key, kind, n) {
  const value = el("span", "", written(kind, figures[key]));
  return n ? [value, " ", el("span", "card-sample", say("tile.sample", { n: figures[n] }))] : [value];
}

function table(caption, head, rows) {
  const body = rows.map(({ cells, chosen }) => {
    const columns = cells.map((cell, index) => el(index ? "td" : "th", "", ...[cell].flat()));
    return el("tr", chosen ? "chosen" : "", ...columns);
  });
  const top = el("tr", "card-table-head", ...head.map((cell) => el("th", "", cell)));
  return el("table", "card-table", el("caption", "", caption), top, ...body);
}
