// What is not counted: the excuses in force, who gave them, and taking them back.

import { button, el, setText } from "../shell/dom.js";
import { ask } from "../shell/desk.js";
import { dayAndTime, lang, say, timeOfDay } from "../shell/words.js";

const REALLY_MS = 5_000;

export class Excuses {
  /** `neutralise()` asks for an excuse for everybody; `changed()` is called when one was taken back. */
  constructor(neutralise, changed) {
    this.changed = changed;
    this.title = el("h2", "side-title");
    this.none = el("p", "side-quiet");
    this.list = el("ul", "side-list");
    this.everybody = button("action", neutralise);
    this.trouble = el("p", "side-trouble");
    this.trouble.setAttribute("role", "alert");
    this.node = el("section", "side excuses", this.title, this.none, this.list, this.trouble, this.everybody);
  }

  update({ floor, attendance, known, mayExcuse }) {
    const excuses = attendance?.excuses ?? [];
    this.node.hidden = !attendance || !known;
    setText(this.title, say("excuses.title"));
    this.none.hidden = excuses.length > 0;
    setText(this.none, say("excuses.none"));
    this.everybody.hidden = !mayExcuse;
    setText(this.everybody, say("excuses.neutralise"));
    const key = JSON.stringify([lang(), floor.timezone, mayExcuse, excuses]);
    if (key === this.key) return;
    this.key = key;
    this.list.replaceChildren(...excuses.map((excuse) => this.row(excuse, floor.timezone, mayExcuse)));
  }

  row(excuse, timezone, mayExcuse) {
    const row = el("li", "excuse", ...excuseWords(excuse, timezone));
    if (mayExcuse) row.append(this.withdrawal(excuse));
    return row;
  }

  /** Taking back asks once more: the excuse is gone then, with its reason. */
  withdrawal(excuse) {
    let isSure = false;
    const node = button("action", () => {
      if (isSure) return this.withdraw(excuse, node);
      isSure = true;
      setText(node, say("excuses.really"));
      setTimeout(() => {
        isSure = false;
        setText(node, say("excuses.withdraw"));
      }, REALLY_MS);
    });
    setText(node, say("excuses.withdraw"));
    return node;
  }

  async withdraw({ id }, node) {
    node.disabled = true;
    const answer = await ask("DELETE", `/api/v1/excuses/${encodeURIComponent(id)}`);
    node.disabled = false;
    setText(this.trouble, answer.ok ? "" : say("act.failed", { why: answer.body?.error ?? say("act.unreachable") }));
    if (answer.ok) this.changed();
  }
}

/** Whom, when, why, and by whom: in lines of their own. */
export function excuseWords({ agent, since, until, why, who, at }, timezone) {
  const span = `${dayAndTime(since, timezone)}–${timeOfDay(until, timezone)}`;
  return [
    el("p", "excuse-head", el("b", "", agent || say("excuses.everybody")), " ", span),
    el("p", "excuse-why", why),
    el("p", "side-quiet", say("excuses.given", { who, time: dayAndTime(at, timezone) })),
  ];
}
