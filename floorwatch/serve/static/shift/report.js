// What happened in one turn of a rota: who was on call, how long things took, and each alert, those handed over first.

import { inLanguage } from "../shell/alerts.js";
import { button, el, setText, setWords, shape } from "../shell/dom.js";
import { dayAndTime, lang, listed, say, wordFor, written } from "../shell/words.js";

const COLUMNS = ["fired", "what", "told", "taken", "done", "over"];
const MEDIANS = ["acknowledge", "act", "recover"];

export class Report {
  constructor() {
    this.inside = el("div");
    this.print = button("action shift-print", () => print());
    this.node = el("article", "shift-report", this.print, this.inside);
  }

  /** `report`: of the turn that is chosen; null: none is, or it is not known yet. `isRunning`: it is not over. */
  update(report, isRunning) {
    this.node.hidden = report === null;
    const drawn = JSON.stringify([report, isRunning, lang()]);
    if (report === null || drawn === this.drawn) return;
    this.drawn = drawn;
    setText(this.print, say("turn.print"));
    this.inside.replaceChildren(...head(report, isRunning), figures(report), ...alerts(report, isRunning));
  }
}

const named = (people) => listed(people) || say("shift.nobody");

function head(report, isRunning) {
  const { timezone, since, until, known_since } = report;
  const span = { since: dayAndTime(since, timezone), until: dayAndTime(until, timezone), zone: timezone };
  const known = known_since === null ? [] : [say("shift.known_since", { time: dayAndTime(known_since, timezone) })];
  return [
    el("h2", "shift-head", say("shift.title", report)),
    el("p", "shift-span", [report.site, say(isRunning ? "shift.span_now" : "shift.span", span)].join(" · ")),
    el("p", "", say("shift.people", { people: named(report.people) })),
    ...following(report, isRunning).map((text) => el("p", "", text)),
    ...known.map((text) => el("p", "shift-known", text)),
  ];
}

/** Of a turn that runs: from when on, if that is known. */
function following({ next_people, next_at, timezone }, isRunning) {
  const people = named(next_people);
  if (!isRunning) return [say("shift.next", { people })];
  return next_at === null ? [] : [say("shift.then", { people, time: dayAndTime(next_at, timezone) })];
}

/** The medians, each with how many it is over. */
function figures(report) {
  const cells = MEDIANS.filter((name) => report[`${name}_ms`] !== null).map((name) =>
    el("li", "shift-figure", median(report, name)));
  return el("ul", "shift-figures", ...cells);
}

const median = (report, name) =>
  say(`shift.${name}`, { ms: report[`${name}_ms`], n: report[`${name}_n`], all: report.alerts.length });

/** That no alert fired is said of the time that is known. */
function none({ known_since, until }) {
  if (known_since === null) return [say("shift.no_alerts")];
  return known_since < until ? [say("shift.no_alerts_then")] : [];
}

/** Two tables: what is handed over, then what is over. */
function alerts(report, isRunning) {
  if (!report.alerts.length) return none(report).map((text) => el("p", "shift-none", text));
  const parts = [["live", report.alerts.filter((alert) => alert.is_live)],
    ["over", report.alerts.filter((alert) => !alert.is_live)]];
  return parts.filter(([, rows]) => rows.length).map(([name, rows]) => {
    const head = name === "live" && isRunning ? "turn.live" : `shift.${name}`;
    return table(name, say(head, { n: rows.length }), rows, report.timezone);
  });
}

function table(name, head, rows, timezone) {
  const heads = COLUMNS.map((column) => {
    const node = el("th", "", say(`turn.${column}`));
    node.scope = "col";
    return node;
  });
  const caption = el("caption", "shift-caption", head);
  const body = el("tbody", "", ...rows.map((alert) => row(alert, timezone)));
  const frame = el("div", "shift-frame", el("table", "shift-alerts", caption, el("thead", "", el("tr", "", ...heads)), body));
  frame.dataset.part = name;
  frame.tabIndex = 0; // wider than a phone, it is moved by keys too
  frame.setAttribute("role", "region");
  frame.setAttribute("aria-label", head);
  return frame;
}

function row(alert, timezone) {
  const link = el("a");
  setWords(link, inLanguage(alert.message));
  link.href = `/alerts#${encodeURIComponent(alert.id)}`;
  const severity = el("span", "shift-severity", shape(alert.severity), say(`severity.${alert.severity}`));
  const done = [...new Set(alert.actions)].map((kind) => wordFor("action", kind));
  const cells = [
    [dayAndTime(alert.fired_at, timezone)],
    [severity, link],
    [...called(alert)],
    after(alert.acknowledge_ms, alert.taken_by.map((who) => written("person", who)), "shift.nobody"),
    [...after(alert.act_ms, done, "turn.nothing"), ...alert.effects.map(brought)],
    [alert.recover_ms === null ? say("shift.not_over") : written("clock", alert.recover_ms)],
  ];
  return el("tr", "", ...cells.map((parts, place) => cell(parts, COLUMNS[place])));
}

function called({ told, unreached }) {
  const missed = unreached.length ? [el("div", "shift-unreached", say("shift.unreached", { people: listed(unreached) }))] : [];
  return told.length || !missed.length ? [named(told), ...missed] : missed;
}

function brought({ kind, effect, shared }) {
  return el("div", "", say(shared ? "shift.brought_shared" : "shift.brought", { action: wordFor("action", kind), effect }));
}

const after = (ms, words, without) =>
  (ms === null ? [say(without)] : [el("b", "", written("clock", ms)), " ", listed(words)]);

/** On a phone a cell stands below the one before, and says what it is. */
function cell(parts, column) {
  const node = el("td", `shift-${column}`, ...parts);
  node.dataset.head = say(`turn.${column}`);
  return node;
}
