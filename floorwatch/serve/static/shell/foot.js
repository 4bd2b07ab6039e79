// The foot of the page: the floor today, its feeds, the site's clock, and the few controls.

import { button, el, figureButton, setText, shape } from "./dom.js";
import { say, timeOfDay, written } from "./words.js";

const LATE_MS = 5_000;

const tenths = (ms) => Math.floor(Math.max(0, ms) / 100) * 100;

/** To tenths of a second, whole minutes or whole hours: of what is hours late nobody wants the seconds. */
const roughly = (ms) => {
  const unit = [3_600_000, 60_000].find((unit_ms) => ms >= unit_ms);
  return unit ? Math.floor(ms / unit) * unit : tenths(ms);
};

/** How long ago: tenths of a second while all is well, then as any duration. */
const age = (ms) => written(ms < 10_000 ? "span" : "clock", tenths(ms));

export class Foot {
  constructor(node, controls) {
    this.site = el("b", "foot-site");
    this.level = figureButton("floor_level");
    this.adherence = figureButton("adherence");
    this.out = figureButton("exceptions");
    this.kept = el("span", "foot-fact", this.adherence, " · ", this.out);
    this.sources = el("span", "foot-sources");
    this.hint = el("span");
    this.language = button("foot-control", controls.language);
    this.theme = button("foot-control", controls.theme);
    this.asOf = el("span", "foot-as-of");
    this.clock = el("time", "foot-clock");
    this.marks = el("span", "foot-marks");
    this.marks.setAttribute("role", "img");
    node.append(
      el("span", "foot-facts", this.site, el("span", "foot-fact", this.level), this.kept),
      this.sources,
      el("span", "foot-hint", this.hint),
      el("span", "foot-end", this.language, this.theme, this.marks, this.asOf, this.clock),
    );
    this.node = node;
    this.feeds = new Map();
    this.mark(0, 1);
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
    this.updateAdherence(floor, stream.state() !== "gone");
    this.asOf.hidden = live;
    setText(this.asOf, say("footer.as_of", { time: timeOfDay(floor.at, floor.timezone, true) }));
    this.updateSources(floor, stream.now(), live);
  }

  /** How the schedule is kept to, and how many do not just now; of so few that it would name them, nothing. */
  updateAdherence({ adherence, exceptions }, shown) {
    this.kept.hidden = adherence === null;
    if (adherence === null) return;
    setText(this.adherence, say("footer.adherence", { adherence: shown ? adherence.adherence : null }));
    setText(this.out, say("footer.out", { count: shown ? exceptions : null }));
  }

  /** Which of several pages of tiles is shown: ○ ● ○. */
  mark(page, pages) {
    this.marks.hidden = pages < 2;
    this.marks.setAttribute("aria-label", say("footer.page", { page: page + 1, pages }));
    const marks = Array.from({ length: pages }, () => el("i", "foot-mark"));
    marks[page].dataset.current = "true";
    this.marks.replaceChildren(...marks);
  }

  updateSources(floor, now, live) {
    for (const [name, feed] of this.feeds) {
      if (!floor.sources.some((source) => source.name === name)) {
        feed.node.remove();
        this.feeds.delete(name);
      }
    }
    const healths = floor.sources.map((source) => healthOf(source, live));
    this.node.dataset.trouble = healths.some((health) => health !== "up");
    for (const [index, source] of floor.sources.entries()) {
      if (!this.feeds.has(source.name)) this.feeds.set(source.name, this.feed(source.name));
      const feed = this.feeds.get(source.name);
      const health = healths[index];
      if (feed.node.dataset.health !== health) {
        feed.node.dataset.health = health;
        feed.node.style.order = HARM.indexOf(health); // what does not fit any more is well
        feed.shape.replaceChildren(shape(SHAPES[health]));
      }
      setText(feed.words, WORDS[health](source, floor));
      setText(feed.age, live ? ageWords(source, floor, now, health) : "");
    }
  }

  feed(name) {
    const feed = { shape: el("span", "feed-shape"), words: el("b"), age: el("span", "feed-age") };
    feed.node = el("span", "feed", feed.shape, el("span", "feed-name", name), feed.words, feed.age);
    this.sources.append(feed.node);
    return feed;
  }
}

/** "down"; "off": its clock is; "late"; "up"; a feed that was up when the news stopped is "unknown": nobody knows. */
function healthOf(source, live) {
  if (source.state === "down") return "down";
  if (!live) return "unknown";
  if (source.clock_offset_ms !== 0) return "off";
  return source.delay_ms !== null && source.delay_ms >= LATE_MS ? "late" : "up";
}

const HARM = ["down", "off", "late", "unknown", "up"];
const SHAPES = { up: "fine", late: "warning", off: "warning", down: "unknown", unknown: "unknown" };

const WORDS = {
  up: () => say("footer.live"),
  late: (source) => say("footer.delayed", { delay_ms: roughly(source.delay_ms) }),
  off: ({ clock_offset_ms: ms }) => say(ms > 0 ? "footer.behind" : "footer.ahead", { offset_ms: tenths(Math.abs(ms)) }),
  down: (source, floor) => say("footer.lost", { time: timeOfDay(source.since, floor.timezone) }),
  unknown: () => say("activity.unknown"),
};

function ageWords(source, floor, now, health) {
  if (health === "down") return say("footer.lost_for", { wait_ms: now - source.since });
  if (health === "off") return "";
  return source.last_event_at === null ? "" : age((now - source.last_event_at) / floor.speed);
}

/** Hits over decided of all queues, and of how many. */
function floorWords(floor, shown) {
  const today = floor.today;
  if (!shown || (today.level === null && today.queues_unknown)) return say("footer.floor_unknown");
  if (today.level === null) return say("footer.floor_none");
  const words = say("footer.floor", today);
  return today.queues_unknown ? `${words} (${say("footer.without", { count: today.queues_unknown })})` : words;
}
