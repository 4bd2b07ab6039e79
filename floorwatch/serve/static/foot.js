// The foot of the page: the floor today, its feeds, the site's clock, and the few controls.

import { el, figureButton, setText, shape } from "./dom.js";
import { say, timeOfDay, written } from "./words.js";

/** How long ago: tenths of a second while all is well, then as any duration. */
const age = (ms) => written(ms < 10_000 ? "span" : "clock", Math.floor(Math.max(0, ms) / 100) * 100);

export class Foot {
  constructor(node, controls) {
    this.site = el("b", "foot-site");
    this.level = figureButton("floor_level", "foot-level");
    this.sources = el("span", "foot-sources");
    this.hint = el("span");
    this.language = button("foot-control", controls.language);
    this.theme = button("foot-control", controls.theme);
    this.asOf = el("span", "foot-as-of");
    this.clock = el("time", "foot-clock");
    node.append(
      this.site, this.level, this.sources, el("span", "foot-hint", this.hint),
      el("span", "foot-end", this.language, this.theme, this.asOf, this.clock),
    );
    this.feeds = new Map();
  }

  update(stream, theme) {
    setText(this.language, say("control.language"));
    setText(this.theme, say(theme === "dark" ? "control.light" : "control.dark"));
    setText(this.hint, say("footer.hint"));
    const floor = stream.floor;
    if (!floor) return;
    setText(this.site, floor.site);
    setText(this.level, floorWords(floor, stream.state() !== "gone"));
    setText(this.clock, timeOfDay(stream.now(), floor.timezone, true));
    const live = stream.state() === "live";
    this.asOf.hidden = live;
    setText(this.asOf, say("footer.as_of", { time: timeOfDay(floor.at, floor.timezone, true) }));
    this.updateSources(floor, stream.now(), live);
  }

  updateSources(floor, now, live) {
    for (const [name, feed] of this.feeds) {
      if (!floor.sources.some((source) => source.name === name)) {
        feed.node.remove();
        this.feeds.delete(name);
      }
    }
    for (const source of floor.sources) {
      if (!this.feeds.has(source.name)) this.feeds.set(source.name, this.feed(source.name));
      const feed = this.feeds.get(source.name);
      const up = source.state === "up" && live;
      if (feed.node.dataset.up !== String(up)) {
        feed.node.dataset.up = String(up);
        feed.shape.replaceChildren(shape(up ? "fine" : "unknown"));
      }
      setText(feed.words, up ? say("footer.live") : lostWords(source, floor));
      setText(feed.age, up && source.last_event_at !== null ? age((now - source.last_event_at) / floor.speed) : "");
    }
  }

  feed(name) {
    const feed = { shape: el("span", "feed-shape"), words: el("b"), age: el("span", "feed-age") };
    feed.node = el("span", "feed", feed.shape, el("span", "feed-name", name), feed.words, feed.age);
    this.sources.append(feed.node);
    return feed;
  }
}

/** A feed that was up when the news stopped is not known to be lost: nobody knows. */
function lostWords(source, floor) {
  if (source.state === "up" || source.since === null) return say("activity.unknown");
  return say("footer.lost", { time: timeOfDay(source.since, floor.timezone) });
}

function floorWords(floor, shown) {
  const today = floor.today;
  if (!shown || (today.level === null && today.queues_unknown)) return "–";
  if (today.level === null) return say("footer.floor_none");
  const words = say("footer.floor", today);
  return today.queues_unknown ? `${words} (${say("footer.without", { count: today.queues_unknown })})` : words;
}

function button(className, act) {
  const node = el("button", className);
  node.type = "button";
  node.addEventListener("click", act);
  return node;
}
