// The banner: what broke, in one sentence; or that nothing did, and how the floor is.

import { el, setText, shape } from "./dom.js";
import { longestWait } from "./waits.js";
import { lang, say, timeOfDay } from "./words.js";

const RANK = { emergency: 0, critical: 1, warning: 2 };

/** Firing alerts, worst first; of equal severity the one that has fired longest stays on top. */
export function firing(floor) {
  return floor.alerts
    .filter((alert) => alert.state === "firing")
    .sort((a, b) => RANK[a.severity] - RANK[b.severity] || a.fired_at - b.fired_at || (a.id < b.id ? -1 : 1));
}

/** The queue or the feed an alert is about. */
const subject = (alert) => alert.labels.queue ?? alert.labels.source;

const sentence = (alert) => alert.message[lang()] ?? alert.message.en;

export class Banner {
  constructor(node, ribbon) {
    this.node = node;
    this.pace = el("b", "ribbon-pace");
    this.note = el("span", "ribbon-note");
    this.ribbon = ribbon;
    ribbon.append(this.pace, this.note);
    this.shape = el("span", "banner-shape");
    this.sentence = el("p", "banner-sentence");
    this.detail = el("p", "banner-detail");
    this.severity = el("p", "banner-severity");
    this.since = el("p", "banner-since");
    node.append(
      this.shape,
      el("div", "banner-words", this.sentence, this.detail),
      el("div", "banner-side", this.severity, this.since),
    );
    // Ticking seconds are not read out; the sentence is.
    this.since.setAttribute("aria-live", "off");
    this.detail.setAttribute("aria-live", "off");
  }

  update(stream) {
    const floor = stream.floor;
    const state = stream.state();
    this.remark(floor);
    if (state === "connecting" || state === "starting") return this.show("unknown", say(`banner.${state}`));
    if (state !== "live") return this.stale(stream, state);
    const lost = new Set(lostQueues(floor));
    const alerts = firing(floor);
    const known = alerts.filter((alert) => !lost.has(alert.labels.queue));
    const held = alerts.filter((alert) => lost.has(alert.labels.queue));
    if (known.length) return this.firing([...known, ...held], lost, stream);
    if (held.length) return this.held(held, lost);
    return this.calm(stream);
  }

  /** The ribbon: that this is no real time, and what a demonstration has to say of its floor. */
  remark(floor) {
    const note = floor?.banner_note?.[lang()] ?? floor?.banner_note?.en ?? "";
    const pace = floor && floor.speed !== 1 ? say("banner.pace", { speed: floor.speed }) : "";
    this.ribbon.hidden = !note && !pace;
    setText(this.pace, pace);
    setText(this.note, note);
  }

  show(kind, words, detail = "", severity = "", since = "") {
    if (this.node.dataset.kind !== kind) {
      this.node.dataset.kind = kind;
      this.shape.replaceChildren(shape(kind));
    }
    setText(this.sentence, words);
    setText(this.detail, detail);
    setText(this.severity, severity);
    setText(this.since, since);
  }

  stale(stream, state) {
    const floor = stream.floor;
    const detail = state === "gone" ? say("banner.stale_gone") : say("banner.stale_detail", { wait_ms: stream.age() });
    this.show("unknown", say("banner.stale", { time: timeOfDay(floor.at, floor.timezone, true) }), detail);
  }

  /** Every alert is of a queue of which nothing is known now: what was known last must not read as news. */
  held(alerts, lost) {
    const detail = alerts.slice(0, 2).map((alert) => words(alert, lost)).join("  ·  ");
    this.show("unknown", say("banner.unknown", { queues: [...lost].join(", ") }), detail);
  }

  firing(alerts, lost, stream) {
    const [first, ...others] = alerts;
    const zone = stream.floor.timezone;
    const since = say("tile.since", { time: timeOfDay(first.fired_at, zone) });
    const age = say("banner.firing_for", { wait_ms: stream.knownNow() - first.fired_at });
    const more = others.length > 2 ? `  ${say("banner.more", { count: others.length - 2 })}` : "";
    const detail = others.slice(0, 2).map((alert) => words(alert, lost)).join("  ·  ") + more;
    const waits = waitingWords(stream.floor, stream.knownNow(), true);
    this.show("breach", sentence(first), detail || waits, say(`severity.${first.severity}`), `${since} · ${age}`);
  }

  calm(stream) {
    const floor = stream.floor;
    const pending = floor.alerts.filter((alert) => alert.state === "pending");
    const names = [...new Set(pending.map(subject))].join(", ");
    const resolved = floor.alerts.filter((alert) => alert.state === "resolved");
    const last = resolved.sort((a, b) => b.resolved_at - a.resolved_at)[0];
    const lost = lostQueues(floor);
    let [kind, words] = ["fine", say("banner.calm")];
    if (lost.length) [kind, words] = ["unknown", say("banner.calm_unknown", { queues: lost.join(", ") })];
    if (names) [kind, words] = ["warning", say("banner.calm_pending", { names })];
    const cleared = last
      ? say("banner.resolved", {
          name: subject(last),
          time: timeOfDay(last.resolved_at, floor.timezone),
          wait_ms: last.resolved_at - (last.fired_at ?? last.pending_at),
        })
      : "";
    this.show(kind, words, waitingWords(floor, stream.knownNow(), kind !== "unknown"), cleared);
  }
}

/** What an alert says; of a lost queue, that it is what was known last. */
const words = (alert, lost) =>
  lost.has(alert.labels.queue) ? say("banner.last_known", { text: sentence(alert) }) : sentence(alert);

const lostQueues = (floor) => floor.queues.filter((queue) => queue.unknown_since !== null).map((queue) => queue.name);

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
  if (lost.length && nameLost) parts.push(say("banner.unknown", { queues: lost.join(", ") }));
  return parts.join("  ·  ");
}
