// How those fare who are told of alerts: only for who may know, and asked for again and again while the page is open.

import { inLanguage, isLive } from "../shell/alerts.js";
import { el, setText, shape, wordsOf } from "../shell/dom.js";
import { lang, say, written } from "../shell/words.js";
import { SHAPES } from "./health.js";
import { moment } from "./source.js";

const ASK_EVERY_MS = 5_000;

export class Outputs {
  constructor(desk, arrived) {
    this.desk = desk;
    this.arrived = arrived;
    this.head = el("h2", "feeds-part");
    this.list = el("div", "feed-cards");
    this.none = el("p", "feeds-none");
    this.node = el("section", "", this.head, this.none, this.list);
    this.rows = null;
    this.askAt = 0;
  }

  update(stream) {
    const isAllowed = this.desk.may.has("acknowledge");
    this.node.hidden = !isAllowed || this.rows === null;
    if (isAllowed && stream.state() === "live" && performance.now() >= this.askAt) this.ask();
    if (this.node.hidden) return;
    setText(this.head, say("feeds.outputs"));
    setText(this.none, this.rows.length ? "" : say("feeds.no_outputs"));
    const alerts = stream.floor.alerts.filter((alert) => alert.scope === "output" && isLive(alert));
    const key = JSON.stringify([this.rows, lang(), stream.state(), alerts.map(({ advice }) => advice)]);
    if (key === this.key) return;
    this.key = key;
    const byTrouble = [...this.rows].sort((one, other) => Number(other.failing) - Number(one.failing));
    this.list.replaceChildren(...byTrouble.map((row) => card(row, alerts, stream)));
  }

  async ask() {
    this.askAt = performance.now() + ASK_EVERY_MS;
    try {
      const answer = await fetch("/api/v1/outputs");
      if (answer.ok) this.rows = (await answer.json()).outputs;
    } catch {
      return; // the server is away: what was known last stays, and is said to be old
    }
    this.arrived();
  }
}

function stateOf(row, isNow) {
  if (!isNow) return ["unknown", say("health.unknown")];
  if (row.failing) return ["off", say("feeds.output_fails")];
  return row.told_at === null ? ["silent", say("feeds.output_waits")] : ["up", say("feeds.output_works")];
}

function card(row, alerts, stream) {
  const [health, word] = stateOf(row, stream.state() === "live");
  const alert = alerts.find(({ labels }) => labels.output === row.output);
  const advice = alert ? inLanguage(alert.advice) : say("advice.untold", { subject: row.output });
  const facts = [
    ["feeds.output_told", moment(row.told_at, stream)],
    ["feeds.output_owed", moment(row.owed_since, stream)],
    ["feeds.output_held", row.held_until ? moment(row.held_until, stream) : null],
    ["feeds.output_failed", moment(row.failed_at, stream)],
    ["feeds.output_why", row.failing ? row.why : null],
    ["feeds.output_attempts", row.failing ? written("count", row.attempts) : null],
    ["feeds.output_retry", row.failing ? moment(row.retry_at, stream) : null],
    ["feeds.output_counts", [row.told, row.failures, row.dropped].map((count) => written("count", count)).join(" / ")],
  ].filter(([, value]) => value !== null && value !== "–");
  const pairs = facts.map(([key, value]) => el("div", "feed-figure", el("dt", "", say(key)), el("dd", "", value)));
  const node = el(
    "article", "feed-card",
    el(
      "header", "feed-head", el("span", "feed-mark", shape(SHAPES[health])), el("h3", "", row.output),
      el("b", "feed-word", word), el("span", "feed-since", [row.kind, row.place].filter(Boolean).join(" · ")),
    ),
    row.failing ? el("div", "feed-means", el("p", "", ...wordsOf(advice))) : null,
    el("dl", "feed-figures", ...pairs),
  );
  node.dataset.health = health;
  return node;
}
