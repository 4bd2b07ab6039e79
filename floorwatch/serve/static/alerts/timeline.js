// The timeline: a lane for each rule and what it is about; on it each alert as it was about to fire, fired and was in
// hand. What it shows is told in words by the list beside it, and by each span to whoever hears the page.

import { hand, isLive } from "../shell/alerts.js";
import { el, setText, shape, svg } from "../shell/dom.js";
import { lang, say, timeOfDay, wordFor } from "../shell/words.js";
import { lanesOf, ticksOf } from "./lanes.js";

// Of a lane, in pixels where letters are 16 of them high: a large screen has larger ones.
const HEIGHT = 34;
const BAR = { y: 17, height: 13 };
const GLYPH = 12;
const AXIS = 18;
const WORD = { en: 6.6, zh: 12.5 };
const TICK = 52;
const EVERY_MS = 1_000;
const LANES_MAX = 40;
const KINDS = ["pending", "firing", "acknowledged"];
const MARKS = {
  taken: () => svg("path", { d: "M2 6.5 L5 9.5 L10.5 2.5", fill: "none", "stroke-width": 2 }),
  done: () => svg("path", { d: "M6 1 L11 6 L6 11 L1 6 Z", fill: "none", "stroke-width": 1.8 }),
  snoozed: () => svg("path", { d: "M6 1 a5 5 0 1 0 0.01 0 M6 3 V6.5 H8.8", fill: "none", "stroke-width": 1.6 }),
  raised: () => svg("path", { d: "M6 11 V2 M2 6 L6 1.5 L10 6", fill: "none", "stroke-width": 2 }),
};

export class Timeline {
  constructor() {
    this.head = el("h2", "alerts-part");
    this.axis = svg("svg", { class: "lane-picture axis", "aria-hidden": "true" });
    this.list = el("ol", "lanes");
    this.none = el("p", "alerts-none");
    this.legend = el("p", "timeline-legend");
    this.keys = el("p", "timeline-keys");
    this.keys.id = "timeline-keys";
    this.axisRow = el("div", "lane lane-axis", el("span", "lane-name"), this.axis);
    this.node = el(
      "section", "timeline", patterns(), this.head, this.axisRow, this.list, this.none, this.legend, this.keys,
    );
    this.lanes = new Map();
    this.width = 0;
    this.drawnAt = -Infinity;
    new ResizeObserver(([entry]) => {
      this.unit = parseFloat(getComputedStyle(this.node).fontSize) / 16;
      this.width = Math.floor((entry.contentRect.width / this.unit) * 10) / 10;
      this.drawnAt = -Infinity;
    }).observe(this.axis);
    this.list.addEventListener("keydown", (event) => this.steer(event));
  }

  /** `alerts` as chosen, `stories` by alert, so many hours back. */
  update(alerts, stories, hours, stream) {
    const key = JSON.stringify([lang(), hours, stream.state(), alerts.map(outline), Object.keys(stories).length]);
    if (key === this.key && performance.now() - this.drawnAt < EVERY_MS) return;
    if (this.width < 40) return;
    this.key = key;
    this.drawnAt = performance.now();
    const until = stream.now();
    this.scale = { since: until - hours * 3_600_000, until, known: stream.knownNow(), hours };
    this.zone = stream.floor.timezone;
    setText(this.head, say("timeline.title"));
    setText(this.keys, say("timeline.keys"));
    this.drawAxis();
    const all = lanesOf(alerts, stories, this.scale.since, this.scale.known);
    const lanes = all.slice(0, LANES_MAX);
    this.drawLanes(lanes);
    const more = all.length > LANES_MAX ? say("timeline.more", { count: all.length - LANES_MAX }) : "";
    setText(this.none, lanes.length ? more : say("timeline.none", { for_ms: hours * 3_600_000 }));
    this.keys.hidden = !lanes.length;
    this.drawLegend();
  }

  x(at) {
    const { since, until } = this.scale;
    const x = ((at - since) / (until - since)) * this.width;
    return Math.round(Math.max(0, Math.min(this.width, x)) * 10) / 10;
  }

  ticks() {
    const minuteOfDay = (at) => {
      const [hours, minutes] = timeOfDay(at, this.zone).split(":").map(Number);
      return hours * 60 + minutes;
    };
    return ticksOf(this.scale.since, this.scale.until, this.scale.hours, minuteOfDay);
  }

  /** A picture of that height, as wide as there is room, all of it drawn in units of its own. */
  size(picture, height) {
    picture.setAttribute("viewBox", `0 0 ${this.width} ${height}`);
    picture.setAttribute("height", height * this.unit);
  }

  drawAxis() {
    this.size(this.axis, AXIS);
    let free = 0;
    const words = this.ticks().flatMap((at) => {
      const x = this.x(at);
      if (x < free || x < TICK / 3 || x > this.width - TICK) return [];
      free = x + TICK;
      return [label(x, timeOfDay(at, this.zone), "middle")];
    });
    this.axis.replaceChildren(...words, label(this.width, say("timeline.now"), "end", "axis-word axis-now"));
  }

  drawLanes(lanes) {
    const there = new Set(lanes.map(({ key }) => key));
    for (const [key, lane] of this.lanes) {
      if (there.has(key)) continue;
      lane.node.remove();
      this.lanes.delete(key);
    }
    lanes.forEach((lane, place) => {
      if (!this.lanes.has(lane.key)) this.lanes.set(lane.key, new Lane());
      const row = this.lanes.get(lane.key);
      row.update(lane, this);
      if (this.list.children[place] !== row.node) this.list.insertBefore(row.node, this.list.children[place] ?? null);
    });
    this.letOneIn();
  }

  /** One stop for the Tab key: the span that was looked at last, else the first. */
  letOneIn() {
    const spans = this.spans();
    const current = spans.find((span) => span.dataset.alert === this.current) ?? spans[0];
    for (const span of spans) span.setAttribute("tabindex", span === current ? "0" : "-1");
  }

  spans() {
    return [...this.list.querySelectorAll("a")];
  }

  /** Left and right along the lane, up and down to the next lane's nearest. */
  steer(event) {
    const from = event.target.closest("a");
    const next = from && this.next(from, event.key);
    if (!next) return;
    event.preventDefault();
    this.current = next.dataset.alert;
    this.letOneIn();
    next.focus();
  }

  next(from, key) {
    const row = from.closest("li");
    const along = [...row.querySelectorAll("a")];
    if (key === "ArrowRight") return along[along.indexOf(from) + 1];
    if (key === "ArrowLeft") return along[along.indexOf(from) - 1];
    const other = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[key];
    const middle = (span) => {
      const { left, right } = span.getBoundingClientRect();
      return (left + right) / 2;
    };
    const far = (span) => Math.abs(middle(span) - middle(from));
    return other && [...other.querySelectorAll("a")].sort((one, two) => far(one) - far(two))[0];
  }

  drawLegend() {
    if (this.legend.lang === lang()) return;
    this.legend.lang = lang();
    const kinds = KINDS.map((kind) => {
      const picture = svg("svg", { viewBox: "0 0 22 13", class: "legend-part", "aria-hidden": "true" });
      picture.append(bar(kind, 1, 20, 0, "warning"));
      return el("span", "legend-item", picture, say(`timeline.${kind}`));
    });
    const marks = Object.keys(MARKS).map((kind) => {
      const picture = svg("svg", { viewBox: "0 0 12 12", class: "legend-mark mark", "aria-hidden": "true" });
      picture.append(MARKS[kind]());
      return el("span", "legend-item", picture, say(`timeline.${kind}`));
    });
    this.legend.replaceChildren(...kinds, ...marks);
  }
}

/** Everything of an alert that the timeline shows. */
const outline = (alert) => [
  alert.id, alert.state, alert.severity, alert.fired_at, alert.raised_at, alert.acknowledged_at, alert.resolved_at,
];

/** One row: what it is about, and its picture. The link of a span stays as long as the span, and with it the focus. */
class Lane {
  constructor() {
    this.subject = el("b");
    this.rule = el("span", "lane-rule");
    this.picture = svg("svg", { class: "lane-picture", role: "group" });
    this.back = svg("g");
    this.front = svg("g");
    this.links = svg("g");
    this.picture.append(this.back, this.links, this.front);
    this.node = el("li", "lane", el("span", "lane-name", this.subject, " ", this.rule), this.picture);
    this.spans = new Map();
  }

  update(lane, timeline) {
    const { width, scale } = timeline;
    timeline.size(this.picture, HEIGHT);
    setText(this.subject, lane.subject);
    setText(this.rule, wordFor("rule_name", lane.rule));
    this.picture.setAttribute("aria-label", `${lane.subject}, ${wordFor("rule_name", lane.rule)}`);
    this.back.replaceChildren(...timeline.ticks().map((at) => line(timeline.x(at), "lane-tick")));
    const there = new Set(lane.spans.map(({ id }) => id));
    for (const [id, node] of this.spans) {
      if (there.has(id)) continue;
      node.remove();
      this.spans.delete(id);
    }
    lane.spans.forEach((span, place) => this.drawSpan(span, lane, timeline, lane.spans[place + 1]));
    const known = timeline.x(scale.known);
    const unknown = svg("rect", { x: known, y: 0, width: width - known, height: HEIGHT, fill: "url(#hatch-unknown)" });
    this.front.replaceChildren(unknown, line(known, "lane-now"));
  }

  drawSpan(span, lane, timeline, next) {
    if (!this.spans.has(span.id)) {
      const link = svg("a", { href: `#${encodeURIComponent(span.id)}` });
      link.dataset.alert = span.id;
      this.spans.set(span.id, link);
      this.links.append(link);
    }
    const link = this.spans.get(span.id);
    const words = inWords(span, lane, timeline.zone);
    link.setAttribute("aria-label", words);
    link.setAttribute("class", `span${span.alert.muted ? " span-muted" : ""}`);
    const [from, until] = [timeline.x(Math.max(span.from, timeline.scale.since)), timeline.x(span.until)];
    const title = svg("title");
    title.textContent = words;
    const wide = Math.max(12, until - from + 8);
    const target = svg("rect", { class: "span-target", x: from - 4, y: 0, width: wide, height: HEIGHT });
    const parts = span.parts
      .filter((part) => part.to >= timeline.scale.since)
      .map((part) => {
        const x = timeline.x(Math.max(part.from, timeline.scale.since));
        return bar(part.kind, x, Math.max(2, timeline.x(part.to) - x), BAR.y, part.severity);
      });
    const room = next ? timeline.x(next.from) : timeline.width;
    link.replaceChildren(title, target, ...parts, ...marks(span, timeline, room));
  }
}

/** The marks above the bar, one after the other where they would touch; with a word where there is room for it. */
function marks(span, timeline, room) {
  const shown = since(span.marks, timeline.scale.since);
  let free = 0;
  return shown.flatMap((mark, place) => {
    const x = Math.max(free, timeline.x(mark.at) - GLYPH / 2);
    free = x + GLYPH + 1;
    if (free > timeline.width + GLYPH / 2) return [];
    const glyph = svg("svg", { x, y: 2, width: GLYPH, height: GLYPH, class: `mark mark-${mark.kind}` });
    const isSeverity = mark.kind === "fired" || mark.kind === "raised";
    if (mark.kind === "fired") glyph.append(shape(mark.severity));
    else {
      glyph.setAttribute("viewBox", "0 0 12 12");
      glyph.append(MARKS[mark.kind]());
    }
    if (isSeverity) glyph.dataset.severity = mark.severity;
    const text = isSeverity ? say(`severity.${mark.severity}`) : say(`timeline.${mark.kind}`);
    const following = shown[place + 1];
    const end = following ? timeline.x(following.at) - GLYPH / 2 : room;
    const needed = text.length * WORD[lang()] + 6;
    if (end - free < needed) return [glyph];
    const word = label(free + 3, text, "start", "mark-word");
    free += needed;
    return [glyph, word];
  });
}

/** The marks from then on; what fired before says at the edge how grave it was. */
function since(marks, start) {
  const later = marks.filter(({ at }) => at >= start);
  const before = marks.findLast(({ at, severity }) => at < start && severity);
  return before ? [{ kind: "fired", at: start, severity: before.severity }, ...later] : later;
}

/** What a span says to whoever hears the page, and under the mouse. */
function inWords(span, lane, zone) {
  const { alert } = span;
  return say("timeline.span", {
    subject: lane.subject,
    rule: wordFor("rule_name", lane.rule),
    severity: say(`severity.${alert.severity}`),
    since: timeOfDay(alert.fired_at ?? alert.pending_at, zone),
    until: alert.resolved_at === null ? say("timeline.now") : timeOfDay(alert.resolved_at, zone),
    hand: isLive(alert) || alert.state === "pending" ? hand(alert, zone) : say("verdict.fine"),
  });
}

function bar(kind, x, width, y, severity) {
  const looks = severity === "warning" ? "warning" : "breach";
  const inset = kind === "firing" ? 0 : 0.75;
  const node = svg("rect", {
    class: `bar bar-${kind}`,
    x: x + inset,
    y: y + inset,
    width: Math.max(0.5, width - 2 * inset),
    height: BAR.height - 2 * inset,
    rx: 2,
  });
  if (kind === "acknowledged") node.setAttribute("fill", `url(#hatch-${looks})`);
  node.dataset.looks = looks;
  return node;
}

function label(x, text, anchor, className = "axis-word") {
  const node = svg("text", { x, y: 12, "text-anchor": anchor, class: className });
  node.textContent = text;
  return node;
}

const line = (x, className) => svg("line", { class: className, x1: x, x2: x, y1: 0, y2: HEIGHT });

/** Fills that the bars name: hatched for what somebody has in hand, and for what nobody knows. */
function patterns() {
  const all = ["warning", "breach", "unknown"].map((name) => {
    const pattern = svg("pattern", {
      id: `hatch-${name}`, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)",
    });
    pattern.append(svg("rect", { class: `hatch hatch-${name}`, width: 2.4, height: 6 }));
    return pattern;
  });
  const defs = svg("defs");
  defs.append(...all);
  const picture = svg("svg", { class: "patterns", "aria-hidden": "true", width: 0, height: 0 });
  picture.append(defs);
  return picture;
}
