// How far an alert was carried: which step, what comes next; to leads also who was called, when, and by what.

import { isLive } from "../shell/alerts.js";
import { doneWords, nextWords } from "../shell/climb.js";
import { el, setText } from "../shell/dom.js";
import { lang, listed, say, timeOfDay } from "../shell/words.js";

/** So many of those called stand in the row; those before them are folded. */
const SHOWN = 3;

export class Escalation {
  constructor() {
    this.title = el("b");
    this.done = el("span", "climb-done");
    this.told = el("span", "climb-told");
    this.next = el("span", "climb-next");
    this.summary = el("summary");
    this.earlier = el("ol", "called");
    this.fold = el("details", "called-fold", this.summary, this.earlier);
    this.latest = el("ol", "called");
    this.node = el(
      "div", "climb", el("p", "climb-line", this.title, this.done, this.told, this.next), this.fold, this.latest,
    );
  }

  /** `detail`: the alert as leads may know it, where this page may. Of what is over its story tells. */
  update(alert, detail, stream) {
    const { escalation } = alert;
    this.node.hidden = escalation === null || !isLive(alert) || stream.state() === "gone";
    if (this.node.hidden) return;
    const called = detail?.escalation?.called ?? null;
    const name = detail?.escalation?.name ?? "";
    setText(this.title, name ? say("climb.named", { name }) : say("climb.title"));
    const isWaiting = escalation.state === "taken" && !escalation.step; // what was done before is told below
    setText(this.done, isWaiting ? "" : doneWords(escalation));
    setText(this.told, called === null && escalation.told ? say("climb.told", { count: escalation.told }) : "");
    setText(this.next, stream.state() === "live" ? nextWords(alert, stream.knownNow()) : "");
    this.list(called ?? [], stream);
  }

  list(called, stream) {
    const { timezone } = stream.floor;
    const key = JSON.stringify([called, lang(), Math.floor(stream.now() / 60_000)]); // quiet hours end
    if (key === this.key) return;
    this.key = key;
    const rows = called.map((one) => calledRow(one, timezone, stream.now()));
    const earlier = rows.slice(0, -SHOWN);
    this.fold.hidden = !earlier.length;
    setText(this.summary, say("called.earlier", { count: earlier.length }));
    this.earlier.replaceChildren(...earlier);
    this.latest.replaceChildren(...rows.slice(-SHOWN));
  }
}

function calledRow(one, timezone, now) {
  return el(
    "li", "called-one", el("time", "", timeOfDay(one.at, timezone, true)), el("b", "", one.person),
    el("span", "", calledWords(one, timezone, now)),
  );
}

/** What somebody was told as being on call, and what became of it. */
export function calledWords(one, timezone, now) {
  const why = one.kind === "call" ? [one.rota, say("called.step", one)].filter(Boolean) : [];
  const refused = one.refused.length ? [say("called.refused", { outputs: listed(one.refused) })] : [];
  return [say(`called.${one.kind}`), ...why, ...refused, outcome(one, timezone, now)].join(" · ");
}

function outcome({ sent_at, output, held_until }, timezone, now) {
  if (sent_at !== null) return say("called.sent", { output: output || "–", time: timeOfDay(sent_at, timezone, true) });
  if (held_until !== null && held_until > now) return say("called.held", { time: timeOfDay(held_until, timezone) });
  return output ? say("called.trying", { output }) : say("called.unsent");
}
