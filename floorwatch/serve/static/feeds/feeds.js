// The feeds page: how well every source is heard, trouble first; how those fare who are told of alerts; whether
// floorwatch itself is well; and everything that was read.

import { inLanguage, isLive, sentence } from "../shell/alerts.js";
import { el, setText, shape, wordsOf } from "../shell/dom.js";
import { openPage } from "../shell/page.js";
import { lang, say, timeOfDay, written } from "../shell/words.js";
import { Figures } from "./figures.js";
import { HARM, healthOf, sum } from "./health.js";
import { Outputs } from "./outputs.js";
import { kindsOf, Source } from "./source.js";

const INPUT = [
  ["events_read", "read"],
  ["events_applied", "applied"],
  ["events_duplicate", "duplicate"],
  ["events_invalid", "invalid"],
  ["events_ignored", "ignored"],
  ["events_late", "late"],
  ["corrections", "corrections"],
  ["anomalies", "anomalies"],
  ["unknown_attributes", "unknown_attributes"],
].map(([figure, field]) => [
  figure,
  (input) => written("count", typeof input[field] === "number" ? input[field] : sum(input[field])),
]);

/** The sources, the worst first. */
class Sources {
  constructor(openCard) {
    this.openCard = openCard;
    this.head = el("h2", "feeds-part");
    this.count = el("span", "feeds-count");
    this.none = el("p", "feeds-none");
    this.list = el("div", "feed-cards");
    this.node = el("section", "", el("div", "feeds-line", this.head, this.count), this.none, this.list);
    this.cards = new Map();
  }

  update(stream) {
    const { sources } = stream.floor;
    const isNow = stream.state() === "live";
    const harm = new Map(sources.map((source) => [source, HARM.indexOf(healthOf(source, isNow))]));
    const byName = (one, other) => (one.name < other.name ? -1 : 1);
    const sorted = [...sources].sort((one, other) => harm.get(one) - harm.get(other) || byName(one, other));
    const count = sources.filter((source) => !["up", "unknown"].includes(healthOf(source, isNow))).length;
    setText(this.head, say("feeds.sources"));
    const total = sources.length;
    const how = count ? say("feeds.trouble", { count, total }) : say("feeds.well", { total });
    setText(this.count, total && isNow ? how : "");
    setText(this.none, sources.length ? "" : say("feeds.none"));
    this.drop(sources);
    sorted.forEach((source, place) => {
      if (!this.cards.has(source.name)) this.cards.set(source.name, new Source(source.name, this.openCard));
      const card = this.cards.get(source.name);
      card.update(source, stream);
      if (this.list.children[place] !== card.node) this.list.insertBefore(card.node, this.list.children[place] ?? null);
    });
  }

  drop(sources) {
    for (const [name, card] of this.cards) {
      if (sources.some((source) => source.name === name)) continue;
      card.node.remove();
      this.cards.delete(name);
    }
  }
}

/** What is wrong with floorwatch itself, as its alerts say it. */
class Own {
  constructor() {
    this.head = el("h2", "feeds-part");
    this.list = el("div", "feed-cards");
    this.none = el("p", "feeds-none");
    this.node = el("section", "", this.head, this.none, this.list);
  }

  /** Whether there is any. */
  update(stream) {
    const alerts = stream.floor.alerts.filter((alert) => alert.scope === "daemon" && isLive(alert));
    setText(this.head, say("feeds.own"));
    setText(this.none, alerts.length || stream.state() !== "live" ? "" : say("feeds.own_well"));
    const key = JSON.stringify([alerts, lang()]);
    if (key !== this.key) this.list.replaceChildren(...alerts.map(own));
    this.key = key;
    return alerts.length > 0;
  }
}

function own(alert) {
  const link = el("a", "feed-alert", say("feeds.alert"));
  link.href = `/alerts#${encodeURIComponent(alert.id)}`;
  const node = el(
    "article", "feed-card",
    el("header", "feed-head", el("span", "feed-mark", shape(alert.severity)), el("h3", "", sentence(alert)), link),
    el("div", "feed-means", el("p", "", ...wordsOf(inLanguage(alert.advice)))),
  );
  node.dataset.health = "off";
  return node;
}

/** Everything that was read, of all sources together. */
class Input {
  constructor(openCard) {
    this.head = el("h2", "feeds-part");
    this.figures = new Figures(INPUT, () => "", openCard);
    this.kinds = el("div", "feed-kinds");
    this.node = el("section", "", this.head, el("div", "feed-card", this.figures.node, this.kinds));
  }

  update(stream) {
    const { input } = stream.floor;
    setText(this.head, say("feeds.input"));
    this.figures.update(input, stream);
    const key = JSON.stringify([input.invalid, input.anomalies, lang()]);
    if (key === this.key) return;
    this.key = key;
    const kinds = [["events_invalid", input.invalid], ["anomalies", input.anomalies]];
    const lists = kinds.filter(([, counts]) => sum(counts));
    this.kinds.replaceChildren(...lists.map((list) => kindsOf(...list)));
  }
}

openPage({
  name: "feeds",
  address: "/events",
  build({ main, desk, render, openCard }) {
    const title = el("h1", "feeds-title");
    const state = el("p", "feeds-state");
    const [sources, outputs] = [new Sources(openCard), new Outputs(desk, render)];
    const [troubles, input] = [new Own(), new Input(openCard)];
    main.append(
      el("div", "feeds-page", title, state, troubles.node, sources.node, outputs.node, input.node),
    );

    return (stream) => {
      setText(title, say("nav.feeds"));
      if (!stream.floor) return;
      const time = timeOfDay(stream.floor.at, stream.floor.timezone, true);
      setText(state, stream.state() === "live" ? "" : say("feeds.unknown_now", { time }));
      // trouble first: while there is none of its own, that is said below
      troubles.node.classList.toggle("feeds-calm", !troubles.update(stream));
      sources.update(stream);
      outputs.update(stream);
      input.update(stream);
    };
  },
});
