// What happened in one turn of a rota: who was on call, how long things took, and each alert, those handed over first.

import { inLanguage } from "../shell/alerts.js";
import { button, el, setText, setWords, shape } from "../shell/dom.js";
import { dayAndTime, lang, say, wordFor, written } from "../shell/words.js";

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

const named = (people) => people.join(", ") || say("shift.nobody");

function head(report, isRunning) {
  const { timezone, since, until, known_since } = report;
  const span = { since: dayAndTime(since, timezone), until: dayAndTime(until, timezone), zone: timezone };
  const known = known_since === null ? [] : [say("shift.known_since", { time: dayAndTime(known_since, timezone) })];
  return [
    el("h2", "shift-head", say("shift.title", report)),
    el("p", "shift-span", [report.site, say("shift.span", span)].join(" · ")),
    el("p", "", say("shift.people", { people: named(report.people) })),
    el("p", "", say(isRunning ? "rota.next" : "shift.next", { people: named(report.next_people) })),
    ...known.map((text) => el("p", "shift-known", text)),
  ];
}

/** The medians, each with how many it is over. */
function figures(report) {
  const cells = MEDIANS.filter((name) => report[`${name}_ms`] !== null).map((name) =>
    el("li", "shift-figure", say(`shift.${name}`, { ms: report[`${name}_ms`], n: report[`${name}_n`] })));
  return el("ul", "shift-figures", ...cells);
}

/** Two tables: what is handed over, then what is over. */
function alerts(report, isRunning) {
  if (!report.alerts.length) return [el("p", "shift-none", say("shift.no_alerts"))];
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
    [alert.told.join(", ") || "–"],
    after(alert.acknowledge_ms, alert.taken_by),
    after(alert.act_ms, done),
    [alert.recover_ms === null ? say("shift.not_over") : written("clock", alert.recover_ms)],
  ];
  return el("tr", "", ...cells.map((parts, place) => cell(parts, COLUMNS[place])));
}

const after = (ms, words) => (ms === null ? ["–"] : [el("b", "", written("clock", ms)), " ", words.join(", ")]);

/** On a phone a cell stands below the one before, and says what it is. */
function cell(parts, column) {
  const node = el("td", `shift-${column}`, ...parts);
  node.dataset.head = say(`turn.${column}`);
  return node;
}
