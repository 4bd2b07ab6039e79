// One source: its state in shape, word and colour, what that means, and every figure of how well it is heard.

import { inLanguage, isLive } from "../shell/alerts.js";
import { el, setText, shape, wordsOf } from "../shell/dom.js";
import { dayAndTime, definition, lang, say, timeOfDay, wordFor, written } from "../shell/words.js";
import { Figures } from "./figures.js";
import { healthOf, SHAPES, sum, troublesOf } from "./health.js";

const DAY_MS = 86_400_000;

const isNow = (stream) => stream.state() === "live";

/** Durations to tenths of a second while they are short. */
function tenths(ms) {
  return ms === null ? "–" : written(ms < 10_000 ? "span" : "clock", Math.floor(Math.max(0, ms) / 100) * 100);
}

/** The time of it; of another day, that day too. */
export function moment(at, stream) {
  if (at === null) return "–";
  const { timezone } = stream.floor;
  return stream.now() - at > DAY_MS / 2 ? dayAndTime(at, timezone) : timeOfDay(at, timezone, true);
}

function clock({ clock_offset_ms: ms, clock_set_at: at }, stream) {
  const far = { ms: Math.floor(Math.abs(ms) / 100) * 100 };
  const off = ms === 0 ? say("feeds.in_step") : say(ms > 0 ? "feeds.behind" : "feeds.ahead", far);
  return at === null ? off : `${off}, ${say("feeds.clock_set", { time: moment(at, stream) })}`;
}

function rate({ events_per_s }) {
  return events_per_s === null ? "–" : say("feeds.rate", { rate: events_per_s.toFixed(1) });
}

function lastEvent({ last_event_at: at }, stream) {
  if (at === null || !isNow(stream)) return moment(at, stream);
  const ms = Math.max(0, stream.now() - at) / stream.floor.speed;
  return `${moment(at, stream)} · ${say("feeds.ago", { age: tenths(ms) })}`;
}

/** What is only true at the moment is not known when the news has stopped, nor of a source that is lost. */
const ofNow = (value) => (source, stream) => (isNow(stream) && source.state === "up" ? value(source, stream) : "–");
const count = (value) => (source) => written("count", value(source));

const FIGURES = [
  ["source_last_event", lastEvent],
  ["source_delay", ofNow((source) => tenths(source.delay_ms))],
  ["source_delay_max", ofNow((source) => tenths(source.delay_ms_max))],
  ["source_rate", ofNow(rate)],
  ["source_clock_offset", ofNow(clock)],
  ["source_gaps", count(({ gaps }) => gaps)],
  ["source_down_time", (source, stream) => tenths(lostFor(source, stream))],
  ["source_events", count(({ events }) => events)],
  ["events_duplicate", count(({ duplicates }) => duplicates)],
  ["events_late", count(({ late }) => late)],
  ["corrections", count(({ corrections }) => corrections)],
  ["anomalies", count(({ anomalies }) => sum(anomalies))],
  ["events_invalid", count(({ invalid }) => sum(invalid))],
  ["source_resynced", count(({ resynced }) => sum(resynced))],
];
// figure, field of the source, what it means
const BY_KIND = [
  ["events_invalid", "invalid", "means.invalid"],
  ["anomalies", "anomalies", "means.anomalies"],
  ["source_resynced", "resynced", "means.resynced"],
];

/** Time lost so far; the picture has it up to its own moment, from where it ticks on. */
function lostFor(source, stream) {
  return source.down_ms + (source.state === "down" ? Math.max(0, stream.knownNow() - stream.floor.at) : 0);
}

function sinceWords({ state, since }, stream) {
  const words = say("feeds.since", { time: moment(since, stream) });
  return state === "down" ? `${words} · ${say("footer.lost_for", { wait_ms: stream.knownNow() - since })}` : words;
}

export class Source {
  constructor(name, openCard) {
    this.name = name;
    this.shape = el("span", "feed-mark");
    this.word = el("b", "feed-word");
    this.since = el("span", "feed-since");
    this.alert = el("a", "feed-alert");
    this.means = el("div", "feed-means");
    this.figures = new Figures(FIGURES, (source) => source.name, openCard);
    this.kinds = el("div", "feed-kinds");
    this.node = el(
      "article", "feed-card",
      el("header", "feed-head", this.shape, el("h3", "", name), this.word, this.since, this.alert),
      this.means, this.figures.node, this.kinds,
    );
  }

  update(source, stream) {
    const health = healthOf(source, isNow(stream));
    if (this.node.dataset.health !== health) {
      this.node.dataset.health = health;
      this.shape.replaceChildren(shape(SHAPES[health]));
    }
    setText(this.word, say(`health.${health}`));
    setText(this.since, source.since === null ? "" : sinceWords(source, stream));
    const alerts = stream.floor.alerts.filter((alert) => isLive(alert) && alert.labels.source === source.name);
    this.sayAlert(alerts[0] ?? null);
    this.sayMeaning(troublesOf(source, isNow(stream)), alerts);
    this.figures.update(source, stream);
    this.sayKinds(source);
  }

  sayAlert(alert) {
    this.alert.hidden = alert === null;
    if (alert === null) return;
    setText(this.alert, say("feeds.alert"));
    this.alert.href = `/alerts#${encodeURIComponent(alert.id)}`;
  }

  /** What each trouble means and what to do; of a loss that has its alert, what the alert advises about it. */
  sayMeaning(troubles, alerts) {
    const advice = alerts.map((alert) => inLanguage(alert.advice)).filter(Boolean);
    const key = JSON.stringify([troubles, advice, lang()]);
    if (key === this.meant) return;
    this.meant = key;
    const meaning = (trouble) => (trouble === "down" && advice.length ? advice[0] : say(`means.${trouble}`));
    this.means.replaceChildren(...troubles.map((trouble) => el("p", "", ...wordsOf(meaning(trouble)))));
  }

  /** What was wrong so far, by kind, and what it means. */
  sayKinds(source) {
    const known = BY_KIND.map(([, field]) => source[field]);
    const key = JSON.stringify([known, source.gaps > 0, lang()]);
    if (key === this.known) return;
    this.known = key;
    const lists = BY_KIND.filter(([, field]) => sum(source[field]) > 0);
    this.kinds.replaceChildren(
      ...(source.gaps > 0 ? [el("p", "feed-remark", say("means.gaps"))] : []),
      ...lists.map(([figure, field, means]) => kindsOf(figure, source[field], say(means))),
    );
  }
}

/** Kinds of a count, the most frequent first, and what they mean. */
export function kindsOf(figure, counts, means = "") {
  const rows = Object.entries(counts)
    .filter(([, times]) => times > 0)
    .sort(([one, more], [other, less]) => less - more || (one < other ? -1 : 1))
    .map(([kind, times]) => el("li", "feed-kind", el("b", "", written("count", times)), ` ${wordOf(kind)}`));
  const name = say("feeds.kinds", { name: definition(figure).name });
  const list = el("ul", "feed-kinds-list", ...rows);
  return el("div", "", el("h4", "feed-kinds-name", name), list, el("p", "feed-remark", means));
}

/** A kind that the catalogue does not know is said as it is called. */
const wordOf = (kind) => wordFor("kind", kind).replaceAll("_", " ");
