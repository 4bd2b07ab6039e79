// Taking time out of adherence, for one agent or for everybody: from when, until when, and why.

import { button, el, setText } from "../shell/dom.js";
import { ask } from "../shell/desk.js";
import { say } from "../shell/words.js";
import { fieldOf, instantOf } from "./site_time.js";

const SECOND_MS = 1_000;
const WHY_MAX = 500;

export class ExcuseForm {
  /** `done()` is called when an excuse was given. */
  constructor(done) {
    this.done = done;
    this.title = el("h2", "card-title");
    this.means = el("p", "card-text");
    this.since = timeField();
    this.until = timeField();
    this.why = el("input", "choice-field");
    this.why.required = true;
    this.why.maxLength = WHY_MAX;
    this.labels = [this.since, this.until, this.why].map((field) => ({ field, text: el("span") }));
    this.trouble = el("p", "side-trouble");
    this.trouble.setAttribute("role", "alert");
    this.give = el("button", "action action-first");
    this.cancel = button("action", () => this.node.close());
    const form = el(
      "form",
      "card-inside excuse-form",
      this.title,
      this.means,
      ...this.labels.map(({ field, text }) => el("label", "choice-part", text, field)),
      this.trouble,
      el("p", "excuse-actions", this.give, this.cancel),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.node = el("dialog", "card excuse-card", form);
    this.node.setAttribute("aria-labelledby", "excuse-title");
    this.title.id = "excuse-title";
  }

  /** `agent` empty: everybody. [since, until) is what is proposed. */
  open({ agent, since, until, timezone }) {
    [this.agent, this.timezone] = [agent, timezone];
    this.since.value = fieldOf(since, timezone);
    this.until.value = fieldOf(Math.ceil(until / SECOND_MS) * SECOND_MS, timezone); // the whole of it
    this.why.value = "";
    setText(this.trouble, "");
    setText(this.title, say("excuses.whom", { whom: agent || say("excuses.everybody") }));
    setText(this.means, say("excuses.means"));
    const words = [say("excuses.from"), say("excuses.until"), say("excuses.why")];
    this.labels.forEach(({ text }, index) => setText(text, words[index]));
    setText(this.give, say("excuses.give"));
    setText(this.cancel, say("excuses.cancel"));
    this.node.showModal();
    this.why.focus();
  }

  async send() {
    const [since, until] = [this.since, this.until].map((field) => instantOf(field.value, this.timezone));
    if (since === null || until === null) return setText(this.trouble, say("excuses.no_time"));
    this.give.disabled = true;
    const wish = { since, until, why: this.why.value, ...(this.agent && { agent: this.agent }) };
    const answer = await ask("POST", "/api/v1/excuses", wish);
    this.give.disabled = false;
    setText(this.trouble, answer.ok ? "" : say("act.failed", { why: answer.body?.error ?? say("act.unreachable") }));
    if (!answer.ok) return;
    this.node.close();
    this.done();
  }
}

function timeField() {
  const node = el("input", "choice-field");
  node.type = "datetime-local";
  node.step = 1;
  node.required = true;
  return node;
}
