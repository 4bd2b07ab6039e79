// What happened in one turn of a rota: who was on call, how long things took, and each alert, those handed over first.

import { inLanguage } from "../shell/alerts.js";
import { button, el, ownFigure, setText, setWords, shape, wordsOf } from "../shell/dom.js";
import { dayAndTime, lang, listed, say, wordFor, written } from "../shell/words.js";

const COLUMNS = ["fired", "what", "told", "taken", "done", "over"];
const TIMES = { acknowledge: "time_to_acknowledge", act: "time_to_act", recover: "time_to_recover" };

export class Report {
  constructor(openCard) {
    this.openCard = openCard;
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
    const figure = figureOf(report, this.openCard);
    this.inside.replaceChildren(
      ...head(report, isRunning), figures(report, figure), ...alerts(report, isRunning, figure),
    );
  }
}

/** A number of the turn, which opens what it means, as of up to when the turn is told. */
function figureOf(report, openCard) {
  const { timezone, until } = report;
  const as_of = `${dayAndTime(until, timezone)} (${timezone})`;
  return (id, value, subject = say("shift.title", report)) => {
    const node = ownFigure(id, "shift-number", () => openCard(id, null, () => ({ subject, value, as_of })));
    setText(node, value);
    return node;
  };
}

const named = (people) => listed(people) || say("shift.nobody");

function head(report, isRunning) {
  const { timezone, since, until, known_since } = report;
  const span = { since: dayAndTime(since, timezone), until: dayAndTime(until, timezone), zone: timezone };
  const known = known_since === null ? [] : [say("shift.known_since", { time: dayAndTime(known_since, timezone) })];
  return [
    el("h2", "shift-head", say("shift.title", report)),
    el("p", "shift-span", ...wordsOf([report.site, say(isRunning ? "shift.span_now" : "shift.span", span)].join(" · "))),
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

/** How many alerts, and the medians, each with how many it is over. */
function figures(report, figure) {
  const known = Object.entries(TIMES).filter(([name]) => report[`${name}_ms`] !== null);
  const cells = known.map(([name, id]) => figure(id, median(report, name)));
  if (report.alerts.length) cells.unshift(figure("turn_alerts", count(report)));
  return el("ul", "shift-figures", ...cells.map((cell) => el("li", "shift-figure", cell)));
}

function count({ alerts, n_by_severity }) {
  const parts = Object.entries(n_by_severity).map(([severity, n]) =>
    say("shift.of_severity", { n, severity: say(`severity.${severity}`) }));
  return say("shift.counts", { n: alerts.length, by_severity: listed(parts) });
}

const median = (report, name) =>
  say(`shift.${name}`, { ms: report[`${name}_ms`], n: report[`${name}_n`], all: report.alerts.length });

/** That no alert fired is said of the time that is known. */
function none({ known_since, until }) {
  if (known_since === null) return [say("shift.no_alerts")];
  return known_since < until ? [say("shift.no_alerts_then")] : [];
}

/** Two tables: what is handed over, then what is over. */
function alerts(report, isRunning, figure) {
  if (!report.alerts.length) return none(report).map((text) => el("p", "shift-none", text));
  const parts = [["live", report.alerts.filter((alert) => alert.is_live)],
    ["over", report.alerts.filter((alert) => !alert.is_live)]];
  return parts.filter(([, rows]) => rows.length).map(([name, rows]) => {
    const head = name === "live" && isRunning ? "turn.live" : `shift.${name}`;
    const id = name === "live" ? "handed_over" : "turn_alerts";
    return table(name, figure(id, say(head, { n: rows.length })), rows.map((alert) => row(alert, report.timezone, figure)));
  });
}

function table(name, head, rows) {
  const heads = COLUMNS.map((column) => {
    const node = el("th", "", say(`turn.${column}`));
    node.scope = "col";
    return node;
  });
  const caption = el("caption", "shift-caption", head);
  const body = el("tbody", "", ...rows);
  const frame = el("div", "shift-frame", el("table", "shift-alerts", caption, el("thead", "", el("tr", "", ...heads)), body));
  frame.dataset.part = name;
  frame.tabIndex = 0; // wider than a phone, it is moved by keys too
  frame.setAttribute("role", "region");
  frame.setAttribute("aria-label", head.textContent);
  return frame;
}

function row(alert, timezone, figureOf) {
  const figure = (id, value) => figureOf(id, value, inLanguage(alert.message));
  const link = el("a");
  setWords(link, inLanguage(alert.message));
  link.href = `/alerts#${encodeURIComponent(alert.id)}`;
  const severity = el("span", "shift-severity", shape(alert.severity), say(`severity.${alert.severity}`));
  const done = [...new Set(alert.actions)].map((kind) => wordFor("action", kind));
  const after = (name, words, without) => {
    const ms = alert[`${name}_ms`];
    return ms === null ? [say(without)] : [figure(TIMES[name], written("clock", ms)), " ", listed(words)];
  };
  const cells = [
    [dayAndTime(alert.fired_at, timezone)],
    [severity, link],
    [...called(alert)],
    after("acknowledge", alert.taken_by.map((who) => written("person", who)), "shift.untaken"),
    [...after("act", done, "turn.nothing"), ...alert.effects.map((one) => el("div", "", figure("effect", brought(one))))],
    after("recover", [], "shift.not_over"),
  ];
  return el("tr", "", ...cells.map((parts, place) => cell(parts, COLUMNS[place])));
}

function called({ told, unreached }) {
  const missed = unreached.length ? [el("div", "shift-unreached", say("shift.unreached", { people: listed(unreached) }))] : [];
  return told.length || !missed.length ? [named(told), ...missed] : missed;
}

const brought = ({ kind, effect, shared }) =>
  say(shared ? "shift.brought_shared" : "shift.brought", { action: wordFor("action", kind), effect });

/** On a phone a cell stands below the one before, and says what it is. */
function cell(parts, column) {
  const node = el("td", `shift-${column}`, ...parts);
  node.dataset.head = say(`turn.${column}`);
  return node;
}
