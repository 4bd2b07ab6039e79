// The banner: what broke, in one sentence, what to do, in the next, and who has it; or that nothing did.

import { countdown, hand, inLanguage, isLive, isLoud, lasted, live, lostQueues, sentence, subject } from "./alerts.js";
import { nextOf } from "./climb.js";
import { asHeard, button, el, setText, setWords, shape } from "./dom.js";
import { longestWait } from "./waits.js";
import { lang, listed, say, timeOfDay } from "./words.js";

const SNOOZE_MS = 900_000;
/** Beside the words: how bad it is, who has it, for how long, what runs out, and what comes next. */
const SIDE = ["severity", "hand", "since", "left", "next"];
const SHAPES = { alert: null, fine: "fine", warning: "warning", unknown: "unknown" };

export class Banner {
  /** `desk` does what a person decides, `sound` says whether it may sound. */
  constructor(node, ribbon, { desk, sound }) {
    this.node = node;
    this.desk = desk;
    this.sound = sound;
    this.pace = el("b", "ribbon-pace");
    this.note = el("span", "ribbon-note");
    this.ribbon = ribbon;
    ribbon.append(this.pace, this.note);
    this.shape = el("span", "banner-shape");
    this.sentence = el("p", "banner-sentence");
    this.advice = el("p", "banner-advice");
    this.others = el("span", "banner-others");
    this.more = el("a", "banner-more");
    this.more.href = "/alerts";
    this.side = new Map(SIDE.map((name) => [name, el("p", `banner-${name}`)]));
    this.detail = el("p", "banner-detail", this.others, this.more);
    // What a screen reader hears: each alert once, and not each second of it.
    this.heard = el("p", "heard");
    this.heard.setAttribute("role", "status");
    this.buildActions();
    // What is cut is read in full after a touch; who hears the page hears it in full anyway.
    node.addEventListener("click", (event) => !event.target.closest("a, button") && node.toggleAttribute("data-open"));
    node.append(
      this.shape,
      el("div", "banner-words", this.sentence, this.advice, this.detail),
      el("div", "banner-side", ...this.side.values()),
      this.actions,
      this.heard,
    );
  }

  buildActions() {
    this.acknowledge = button("action action-first", () => this.next && this.desk.acknowledge(this.next, ""));
    this.snooze = button("action", () => this.next && this.desk.snooze(this.next, SNOOZE_MS, ""));
    this.unblock = button("action", () => this.sound.unblock());
    this.trouble = el("p", "action-trouble");
    this.trouble.setAttribute("role", "alert");
    this.actions = el("div", "banner-actions", this.acknowledge, this.snooze, this.unblock, this.trouble);
  }

  update(stream) {
    const floor = stream.floor;
    const state = stream.state();
    this.remark(floor);
    this.top = this.next = null;
    if (floor === null) this.show("unknown", { words: say(`banner.${state}`), isKnown: false });
    else if (state !== "live") this.stale(stream, state);
    else this.picture(stream);
    this.act();
  }

  picture(stream) {
    const lost = new Set(lostQueues(stream.floor));
    const alerts = live(stream.floor);
    const told = alerts.filter((alert) => alert.muted === null);
    if (!told.length) return this.calm(stream, alerts);
    if (lost.has(told[0].labels.queue)) return this.held(told, lost);
    return this.firing(told, lost, stream);
  }

  /** The ribbon: that this is no real time, and what a demonstration has to say of its floor. */
  remark(floor) {
    const note = floor?.banner_note?.[lang()] ?? floor?.banner_note?.en ?? "";
    const pace = floor && floor.speed !== 1 ? say("banner.pace", { speed: floor.speed }) : "";
    this.ribbon.hidden = !note && !pace;
    setText(this.pace, pace);
    setText(this.note, note);
  }

  show(kind, { words, advice = "", others = "", more = 0, isKnown = true, ...side }) {
    const isBreach = this.top?.scope === "queue";
    const looks = SHAPES[kind] ?? (isBreach && this.top.severity !== "emergency" ? "breach" : this.top.severity);
    if (this.looks !== looks) this.shape.replaceChildren(shape(looks));
    this.looks = looks;
    this.node.dataset.kind = kind;
    this.node.dataset.severity = this.top?.severity ?? "";
    this.node.dataset.breach = String(isBreach);
    this.node.dataset.taken = String(this.top?.state === "acknowledged");
    setWords(this.sentence, words);
    setWords(this.advice, advice);
    setWords(this.others, others);
    setText(this.more, more ? say("banner.more", { count: more }) : say("alerts.open"));
    this.more.dataset.count = more;
    this.more.hidden = !isKnown;
    this.detail.hidden = kind === "alert" && !others; // then the room is for what to do
    for (const [name, node] of this.side) setText(node, side[name] ?? "");
    this.say(kind, [side.severity, words, advice, side.hand].filter(Boolean).join(". "));
  }

  /** Read out when it is another alert, a worse one, or in other hands; or another kind of calm. */
  say(kind, text) {
    const top = this.top;
    const news = top ? `${lang()} ${top.id} ${top.severity} ${top.state}` : `${lang()} ${kind}`;
    if (news === this.said) return;
    this.said = news;
    this.heard.setAttribute("aria-live", top?.severity === "emergency" ? "assertive" : "polite");
    setText(this.heard, asHeard(text));
  }

  /** What may be done about the worst alert that nobody has, by who may. */
  act() {
    const { top, next, desk } = this;
    this.acknowledge.hidden = next === null || !desk.may.has("acknowledge");
    this.snooze.hidden = next === null || !desk.may.has("snooze");
    this.unblock.hidden = !this.sound.isBlocked();
    setText(this.acknowledge, say("act.acknowledge") + (next !== top && next ? `: ${subject(next)}` : ""));
    setText(this.snooze, say("act.snooze", { for_ms: SNOOZE_MS }));
    setText(this.unblock, say("sound.blocked"));
    setText(this.trouble, desk.trouble);
    for (const one of [this.acknowledge, this.snooze]) one.disabled = desk.isBusy;
    this.actions.hidden = [...this.actions.children].every((child) => child.hidden || !child.textContent);
  }

  stale(stream, state) {
    const time = timeOfDay(stream.floor.at, stream.floor.timezone, true);
    const advice = state === "gone" ? say("banner.stale_gone") : say("banner.stale_detail", { wait_ms: stream.age() });
    this.show("unknown", { words: say("banner.stale", { time }), advice, isKnown: false });
  }

  /** Every alert is of a queue of which nothing is known now: what was known last must not read as news. */
  held(alerts, lost) {
    const others = alerts.slice(0, 2).map((alert) => words(alert, lost)).join("  ·  ");
    const more = Math.max(0, alerts.length - 2);
    this.show("unknown", { words: say("banner.unknown", { queues: listed([...lost]) }), others, more });
  }

  firing(alerts, lost, stream) {
    const [first, ...others] = alerts;
    const { floor } = stream;
    const now = stream.knownNow();
    const room = others.length > 1 ? 1 : 2;
    const untaken = alerts.filter(isLoud).length;
    const some = others.slice(0, room).map((alert) => words(alert, lost)).join("  ·  ");
    this.top = first;
    this.next = alerts.find(isLoud) ?? null;
    this.show("alert", {
      words: sentence(first),
      advice: inLanguage(first.advice),
      others: some,
      more: Math.max(0, others.length - room),
      severity: say(`severity.${first.severity}`),
      hand: others.length ? say("banner.untaken", { count: untaken, total: alerts.length }) : hand(first, floor.timezone),
      since: say("banner.firing_for", { wait_ms: lasted(first, now) }),
      left: countdown(first, floor, now),
      next: nextOf(alerts, now),
    });
  }

  /** Nothing to act on; what is muted, about to fire or just over is said all the same. */
  calm(stream, muted) {
    const { floor } = stream;
    const pending = floor.alerts.filter((alert) => alert.state === "pending");
    const lost = lostQueues(floor);
    let [kind, words] = muted.length ? ["warning", say("banner.calm_muted")] : ["fine", say("banner.calm")];
    if (lost.length) {
      [kind, words] = ["unknown", say(muted.length ? "banner.unknown" : "banner.calm_unknown", { queues: listed(lost) })];
    }
    if (pending.length) [kind, words] = ["warning", say("banner.calm_pending", { names: names(pending) })];
    this.show(kind, {
      words,
      advice: muted.length ? say("banner.muted", { names: names(muted) }) : "",
      others: waitingWords(floor, stream.knownNow(), kind !== "unknown"),
      since: lastCleared(floor),
    });
  }
}

const names = (alerts) => listed([...new Set(alerts.map(subject))]);

/** What an alert says; of a lost queue, that it is what was known last. */
const words = (alert, lost) =>
  lost.has(alert.labels.queue) ? say("banner.last_known", { text: sentence(alert) }) : sentence(alert);

function lastCleared(floor) {
  const over = floor.alerts.filter((alert) => !isLive(alert) && alert.resolved_at !== null);
  const last = over.sort((one, other) => other.resolved_at - one.resolved_at)[0];
  if (!last) return "";
  return say("banner.resolved", {
    name: subject(last),
    time: timeOfDay(last.resolved_at, floor.timezone),
    wait_ms: lasted(last, null),
  });
}

/** Who waits on the floor, in one line; queues that are unknown are named here or above, never counted as empty. */
function waitingWords(floor, now, nameLost) {
  const known = floor.queues.filter((queue) => queue.unknown_since === null);
  const lost = lostQueues(floor);
  const waiting = known.reduce((sum, queue) => sum + (queue.waiting ?? 0), 0);
  const waits = known.map((queue) => ({ queue: queue.name, wait_ms: longestWait(queue, now) }));
  const longest = waits.filter((wait) => wait.wait_ms !== null).sort((a, b) => b.wait_ms - a.wait_ms)[0];
  const parts = [];
  if (known.length) parts.push(waiting ? say("banner.floor", { waiting }) : say("banner.nobody"));
  if (longest) parts.push(say("banner.longest", longest));
  if (lost.length && nameLost) parts.push(say("banner.unknown", { queues: listed(lost) }));
  return parts.join("  ·  ");
}
