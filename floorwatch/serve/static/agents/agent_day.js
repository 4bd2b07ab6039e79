// One agent's day: what was scheduled, what was done, and the verdict on each stretch. Asked for when opened, for each
// look is logged.

import { button, el, setText } from "../shell/dom.js";
import { ask } from "../shell/desk.js";
import { definition, inWords, say, timeOfDay, written } from "../shell/words.js";
import { doing } from "./cell.js";
import { dayChart } from "./day_chart.js";
import { excuseWords } from "./excuses.js";

export class AgentDay {
  /** `linesOf(name)`: what is scheduled; `excuse(name)` asks for an excuse of the agent. */
  constructor(linesOf, excuse) {
    this.linesOf = linesOf;
    this.excuse = button("action", () => excuse(this.name));
    this.close = button("card-close", () => this.node.close());
    this.title = el("h2", "card-title");
    this.title.id = "day-title";
    this.note = el("p", "side-quiet");
    this.body = el("div", "day-body");
    const head = el("header", "card-head", this.title, this.note);
    this.node = el("dialog", "card day", el("div", "card-inside", head, this.body, this.excuse, this.close));
    this.node.setAttribute("aria-labelledby", "day-title");
    this.node.addEventListener("click", (event) => {
      if (event.target === this.node) this.node.close();
    });
  }

  update({ floor, mayExcuse }) {
    this.timezone = floor.timezone;
    this.excuse.hidden = !mayExcuse;
    setText(this.excuse, say("excuses.excuse"));
    setText(this.close, say("control.close"));
  }

  open(name) {
    this.name = name;
    setText(this.title, name);
    setText(this.note, "");
    this.body.replaceChildren();
    if (!this.node.open) this.node.showModal();
    return this.refresh();
  }

  /** Asks again: something was excused. */
  async refresh() {
    const { name } = this;
    if (!this.node.open) return;
    const answer = await ask("GET", `/api/v1/adherence/${encodeURIComponent(name)}`);
    if (name !== this.name) return; // another was opened meanwhile
    if (answer.ok) this.show(answer.body);
    else setText(this.note, say("day.failed", { why: answer.body?.error ?? say("act.unreachable") }));
  }

  show(day) {
    setText(this.note, say("day.logged", { time: timeOfDay(day.at, this.timezone, true) }));
    if (!day.stretches) {
      this.body.replaceChildren(el("p", "side-quiet", say("day.unknown")));
      return;
    }
    this.body.replaceChildren(
      figures(day),
      dayChart(this.linesOf(this.name), day, this.timezone),
      ...excused(day.excuses, this.timezone),
      ...versions(day.versions),
      stretches(day.stretches, this.timezone),
    );
  }
}

const seconds = (value) => written("clock", value * 1000);

function figures(day) {
  const neutral = Object.values(day.neutral_seconds).reduce((sum, each) => sum + each, 0);
  const pairs = [
    [say("day.adherence"), written("percent1", day.adherence)],
    [say("day.conformance"), written("percent1", day.conformance)],
    [say("day.scheduled"), seconds(day.scheduled_seconds)],
    [say("day.in"), seconds(day.in_seconds)],
    [say("day.out"), seconds(day.out_seconds)],
    [say("day.neutral"), seconds(neutral)],
    [say("day.extra"), seconds(day.extra_seconds)],
  ];
  const list = pairs.map(([name, value]) => el("div", "", el("dt", "", name), el("dd", "", value)));
  const operands = `${seconds(day.in_seconds)} / (${seconds(day.scheduled_seconds)} − ${seconds(neutral)})`;
  const { name, formula, text } = definition("adherence");
  const meaning = el("p", "side-quiet", `${name} = ${formula} = ${operands}. ${text}`);
  return el("div", "day-sums", el("dl", "day-figures", ...list), meaning);
}

function excused(excuses, timezone) {
  if (excuses.length === 0) return [];
  const rows = excuses.map((excuse) => el("li", "excuse", ...excuseWords(excuse, timezone)));
  return [el("h3", "day-part", say("excuses.title")), el("ul", "side-list", ...rows)];
}

/** What the day would come to under each version, where there was more than one. */
function versions(told) {
  if (told.length < 2) return [];
  const rows = told.map((one) => el("li", "", `${one.version}: ${written("percent1", one.adherence)}`));
  return [el("h3", "day-part", say("day.versions")), el("ul", "side-list", ...rows)];
}

function stretches(told, timezone) {
  const heads = [say("day.time"), say("day.scheduled"), say("day.did"), say("day.verdict"), say("day.why")];
  const rows = told.map((part) => {
    const span = `${timeOfDay(part.start, timezone, true)}–${timeOfDay(part.end, timezone, true)}`;
    const verdict = part.verdict ?? "none";
    const cells = [
      span,
      part.scheduled ? say(`scheduled.${part.scheduled}`) : say("day.nothing"),
      doing(part.actual, part.reason),
      say(`judged.${verdict}`),
      part.why ? inWords(part.why) : "",
    ];
    const row = el("tr", "", ...cells.map((text) => el("td", "", text)));
    row.dataset.verdict = verdict;
    return row;
  });
  const head = el("thead", "", el("tr", "", ...heads.map((text) => el("th", "", text))));
  const table = el("table", "day-table", head, el("tbody", "", ...rows));
  return el("details", "day-stretches", el("summary", "", say("day.stretches")), table);
}
