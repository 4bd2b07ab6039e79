// What was done, recorded in one tap: a button for each kind of action, what worked here first.

import { subject } from "../shell/alerts.js";
import { button, el, ownFigure, setText } from "../shell/dom.js";
import { definition, say, wordFor } from "../shell/words.js";

/** Kinds of actions, as `floorwatch.alerts.actions` knows them. */
export const KINDS = [
  "back_from_break", "back_from_training", "back_from_meeting", "called_in", "moved_agents", "pauses_ended",
  "overflow_opened", "announcement", "callbacks_offered", "other",
];
/** So many stand in the row, the others are folded. */
const SHOWN = 4;
const AGENTS_MAX = 99;
/** A second tap of the same finger is no second action. */
const HOLD_MS = 4_000;
/** Where it is not known whether a tap was recorded, the next one within so long is the same action. */
const SAME_MS = 60_000;

export class Did {
  /** `record(kind, agents, id)` has it recorded, once an id, and says whether it was. */
  constructor(record, openCard) {
    this.record = record;
    this.worked = [];
    this.agents = 0;
    this.held = new Map();
    this.ids = new Map(); // of taps that may have been recorded, or not
    this.title = el("span", "did-title");
    this.means = ownFigure("effect", "did-means", (figure) => openCard(figure, null, () => this.shown()));
    this.stepper = this.buildStepper();
    this.first = el("div", "did-row");
    this.summary = el("summary");
    this.others = el("div", "did-row");
    this.fold = el("details", "did-fold", this.summary, this.others);
    this.buttons = new Map(KINDS.map((kind) => [kind, kindButton(() => this.tap(kind))]));
    this.node = el("div", "did", el("div", "did-head", this.title, this.means, this.stepper), this.first, this.fold);
    this.node.setAttribute("role", "group");
  }

  buildStepper() {
    this.fewer = button("did-step", () => this.count(-1));
    this.more = button("did-step", () => this.count(1));
    this.word = el("span", "did-agents-word");
    this.number = el("output", "did-agents");
    setText(this.fewer, "−");
    setText(this.more, "+");
    return el("span", "did-stepper", this.word, this.fewer, this.number, this.more);
  }

  count(by) {
    this.agents = Math.min(AGENTS_MAX, Math.max(0, this.agents + by));
    setText(this.number, this.agents || "–");
  }

  async tap(kind) {
    if (this.held.has(kind)) return;
    this.held.set(kind, Infinity); // until it is known whether it was recorded
    if (!(await this.record(kind, this.agents, this.idOf(kind)))) return this.held.delete(kind);
    this.ids.delete(kind);
    this.held.set(kind, performance.now() + HOLD_MS);
    this.count(-AGENTS_MAX);
  }

  /** The id of a tap; of one that is made again because the first seemed to fail, the same. */
  idOf(kind) {
    const known = this.ids.get(kind);
    if (known && performance.now() < known.until) return known.id;
    const dice = crypto.getRandomValues(new Uint32Array(4)); // randomUUID is not there without TLS
    const id = Array.from(dice, (number) => number.toString(16).padStart(8, "0")).join("");
    this.ids.set(kind, { id, until: performance.now() + SAME_MS });
    return id;
  }

  /** `worked`: what the kinds have brought so far, the best first; `isBusy`: something is being sent. */
  update(alert, worked, isBusy) {
    for (const [kind, until] of this.held) if (performance.now() >= until) this.held.delete(kind);
    [this.alert, this.worked] = [alert, alert.scope === "queue" ? worked : []];
    const known = new Map(this.worked.map((one) => [one.kind, one]));
    this.arrange(alert, [...known.keys()]);
    for (const [kind, { node, word, worked: brought }] of this.buttons) {
      const isHeld = this.held.has(kind);
      node.disabled = isBusy || isHeld;
      const isDone = isHeld && this.held.get(kind) !== Infinity;
      setText(word, isDone ? `✓ ${say("did.recorded")}` : wordFor("action", kind));
      setText(brought, known.has(kind) ? workedWords(known.get(kind)) : "");
    }
    this.words(alert);
  }

  /** Of what the buttons show. */
  shown() {
    const line = (one) => `${wordFor("action", one.kind)}: ${workedWords(one)}`;
    return { subject: subject(this.alert), value: this.worked.map(line) };
  }

  words(alert) {
    setText(this.title, say("did.title"));
    setText(this.means, definition("effect").name);
    this.means.hidden = !this.worked.length;
    setText(this.word, say("did.agents"));
    setText(this.summary, say("did.others"));
    setText(this.number, this.agents || "–");
    this.fewer.disabled = this.agents === 0;
    this.fewer.setAttribute("aria-label", say("did.fewer"));
    this.more.setAttribute("aria-label", say("did.more"));
    this.number.setAttribute("aria-label", say("did.agents"));
    this.node.setAttribute("aria-label", `${say("did.title")} ${subject(alert)}`);
  }

  /** About what is no queue, that something was done is all there is to say. */
  arrange(alert, best) {
    const kinds = alert.scope === "queue" ? [...best, ...KINDS.filter((kind) => !best.includes(kind))] : ["other"];
    const order = kinds.join();
    if (order === this.order || this.node.contains(document.activeElement)) return; // nothing moves under a finger
    this.order = order;
    const nodes = kinds.filter((kind) => this.buttons.has(kind)).map((kind) => this.buttons.get(kind).node);
    this.first.replaceChildren(...nodes.slice(0, SHOWN));
    this.others.replaceChildren(...nodes.slice(SHOWN));
    this.stepper.hidden = alert.scope !== "queue";
    this.fold.hidden = nodes.length <= SHOWN;
  }
}

/** What a kind has brought so far; of other queues too where this one has not enough of it. */
const workedWords = (one) => say(one.queue ? "did.worked" : "did.worked_all", one);

function kindButton(act) {
  const node = button("action did-kind", act);
  const [word, worked] = [el("span", "did-word"), el("span", "did-worked")];
  node.append(word, worked);
  return { node, word, worked };
}
