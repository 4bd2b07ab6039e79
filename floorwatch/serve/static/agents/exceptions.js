// Who does not do what is scheduled, the most harmful first, as the server orders them.

import { button, el, figureButton, setText, shape } from "../shell/dom.js";
import { listed, say, timeOfDay, written } from "../shell/words.js";
import { doing } from "./cell.js";
import { adherenceWords } from "./groups.js";

export class Exceptions {
  /** `open(name)` shows the agent's day, `excuse(exception)` asks for an excuse of it. */
  constructor(open, excuse) {
    this.act = { open, excuse };
    this.title = el("h2", "side-title");
    this.floor = figureButton("adherence", "side-quiet");
    this.none = el("p", "side-quiet");
    this.unknown = el("p", "side-unknown");
    this.list = el("ol", "side-list");
    this.rows = new Map();
    this.node = el("section", "side exceptions", this.title, this.floor, this.none, this.list, this.unknown);
  }

  update({ floor, attendance, now, known, mayExcuse }) {
    setText(this.title, say("exceptions.title"));
    const told = known && attendance ? attendance.exceptions : [];
    this.floor.hidden = !known || !attendance || attendance.floor.adherence === null;
    if (!this.floor.hidden) setText(this.floor, adherenceWords(attendance.floor));
    this.none.hidden = told.length > 0 || !known;
    setText(this.none, attendance ? say("exceptions.none") : say("exceptions.no_schedule"));
    const unknown = attendance?.unknown ?? 0;
    this.unknown.hidden = unknown === 0;
    setText(this.unknown, say("exceptions.unknown", { count: unknown }));
    this.arrange(told);
    for (const exception of told) this.rows.get(exception.name).update(exception, { floor, now, mayExcuse });
  }

  arrange(told) {
    const names = new Set(told.map((exception) => exception.name));
    for (const [name, row] of this.rows) {
      if (names.has(name)) continue;
      row.node.remove();
      this.rows.delete(name);
    }
    told.forEach(({ name }, index) => {
      if (!this.rows.has(name)) this.rows.set(name, new Row(name, this.act));
      const { node } = this.rows.get(name);
      if (this.list.children[index] !== node) this.list.insertBefore(node, this.list.children[index] ?? null);
    });
  }
}

class Row {
  constructor(name, { open, excuse }) {
    this.name = button("exception-name", () => open(name));
    this.name.textContent = name;
    this.kind = el("b", "exception-kind");
    this.time = el("span", "exception-time");
    this.was = el("p", "exception-was");
    this.harm = el("p", "exception-harm");
    this.excuse = button("action", () => excuse(this.exception));
    const head = el("p", "exception-head", shape("warning"), this.name, this.kind, this.time);
    this.node = el("li", "exception", head, el("div", "exception-words", this.was, this.harm), this.excuse);
  }

  update(exception, { floor, now, mayExcuse }) {
    this.exception = exception;
    const { kind, scheduled, actual, reason, since, harm, queues } = exception;
    setText(this.kind, say(`exception.${kind}`));
    setText(this.time, written("clock", now - since));
    const values = { actual: doing(actual, reason), time: timeOfDay(since, floor.timezone) };
    setText(
      this.was,
      scheduled
        ? say("exceptions.was", { ...values, scheduled: say(`scheduled.${scheduled}`) })
        : say("exceptions.extra", values),
    );
    this.node.dataset.harm = harm > 0;
    this.node.dataset.extra = scheduled === "";
    const lost = { harm: amount(harm), queues: listed(queues) };
    setText(this.harm, harm > 0 ? say("exceptions.harm", lost) : say("exceptions.harmless"));
    // Work beyond the schedule counts neither way already.
    this.excuse.hidden = !mayExcuse || scheduled === "";
    setText(this.excuse, say("excuses.excuse"));
    this.excuse.setAttribute("aria-label", say("excuses.whom", { whom: exception.name }));
  }
}

/** Agents lost, which may be parts of one: `1`, `0.8`. */
export const amount = (harm) => String(Number(harm.toFixed(1)));
