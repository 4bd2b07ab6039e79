// One queue's tile. Built once, then only texts and classes change, so nothing on it moves that need not.

import { ACTIVITIES } from "../shell/activities.js";
import { el, figureButton, setText, shape } from "../shell/dom.js";
import { longestLabel, longestWait } from "../shell/waits.js";
import { definition, flooredPercent, lang, say, timeOfDay, wordFor, written } from "../shell/words.js";
import { Trend } from "./trend.js";

// The words begin with what a supervisor asks first.
const ALWAYS_SAID = ["talking", "available", "paused"];
const SAID = [...ALWAYS_SAID, ...ACTIVITIES.filter((activity) => !ALWAYS_SAID.includes(activity))];
const WINDOW = "15m";

function labelled(figure, className) {
  const number = figureButton(figure, "side-number");
  const label = el("span", "side-label");
  return { number, label, row: el("div", `side-row ${className}`, number, label) };
}

export class Tile {
  constructor(name) {
    this.name = name;
    this.shape = el("span", "tile-shape");
    this.title = figureButton("queue", "tile-name");
    this.title.textContent = name;
    this.title.title = name;
    this.title.classList.toggle("tile-name-long", name.length > 13);
    this.title.classList.toggle("tile-name-very-long", name.length > 24);
    this.verdict = el("span", "tile-verdict-word");
    this.since = el("span", "tile-since");
    this.level = figureButton("service_level", "level");
    this.digits = el("span", "level-digits");
    this.sign = el("span", "level-sign", "%");
    this.level.append(this.digits, this.sign);
    this.waiting = labelled("waiting", "side-waiting");
    this.longest = labelled("longest_wait", "side-longest");
    this.past = labelled("waiting_past_threshold", "side-past");
    this.target = figureButton("target", "fact");
    this.sample = figureButton("decided", "fact");
    this.remark = el("span", "fact tile-remark");
    this.trend = new Trend();
    this.trendButton = figureButton("service_level", "trend-button");
    this.trendButton.append(this.trend.node);
    this.bar = el("div", "bar");
    this.bar.setAttribute("aria-hidden", "true");
    this.agents = figureButton("agents_by_activity", "tile-agents");
    this.agentWords = el("span", "agent-words");
    this.agents.append(this.agentWords);
    this.node = el(
      "article",
      "tile",
      el(
        "div",
        "tile-inside",
        el("header", "tile-head", this.shape, this.title, el("span", "tile-verdict", this.verdict, this.since)),
        el("div", "tile-main", this.level, el("div", "side", this.waiting.row, this.longest.row, this.past.row)),
        el("div", "tile-facts", this.target, this.sample, this.remark),
        this.trendButton,
        this.bar,
        this.agents,
      ),
    );
    this.node.dataset.queue = name;
  }

  /** `alert`: this queue's worst firing alert, if any. `shown`: false when the picture is too old to show. */
  update(queue, floor, alert, now, shown) {
    const known = queue.unknown_since === null && shown;
    const window = known ? queue.windows[WINDOW] : undefined;
    this.entitle();
    this.state(queue, floor, alert);
    this.figures(queue, floor, window, now, known);
    this.facts(queue, floor, window, shown);
    this.trend.update(queue, floor);
    this.trendButton.setAttribute("aria-label", `${queue.name}: ${say("tile.trend")}`);
    this.members(queue, known);
  }

  /** Each number says what it is to whoever hovers over it or hears the page. */
  entitle() {
    if (this.entitled === lang()) return;
    this.entitled = lang();
    for (const button of this.node.querySelectorAll("[data-figure]:not(.tile-name)")) {
      button.title = definition(button.dataset.figure).name;
    }
  }

  state(queue, floor, alert) {
    if (this.node.dataset.verdict !== queue.verdict) {
      this.node.dataset.verdict = queue.verdict;
      this.shape.replaceChildren(shape(queue.verdict));
    }
    const since = queue.verdict === "breach" && alert ? alert.fired_at : null;
    setText(this.verdict, say(`verdict.${queue.verdict}`));
    setText(this.since, since === null ? "" : say("tile.since", { time: timeOfDay(since, floor.timezone) }));
  }

  figures(queue, floor, window, now, known) {
    const judged = known && window && window.level !== null && window.level_n >= floor.min_sample;
    const some = known && window && window.level !== null;
    setText(this.digits, some ? flooredPercent(window.level, 0) : "–");
    this.sign.hidden = !some;
    this.level.classList.toggle("level-full", this.digits.textContent.length > 2);
    this.level.classList.toggle("unjudged", !judged);
    setText(this.waiting.number, written("count", known ? queue.waiting : null));
    setText(this.waiting.label, say("tile.waiting"));
    const wait = known ? longestWait(queue, now) : null;
    setText(this.longest.number, written("clock", wait));
    setText(this.longest.label, longestLabel(queue));
    this.longest.row.classList.toggle("late", wait !== null && wait > queue.threshold_ms);
    setText(this.past.number, written("count", known ? queue.waiting_past_threshold : null));
    setText(this.past.label, say("tile.past", queue));
    this.past.row.classList.toggle("late", known && queue.waiting_past_threshold > 0);
  }

  facts(queue, floor, window, shown) {
    setText(this.target, say("tile.target", queue));
    const lost = queue.unknown_since !== null;
    const small = !lost && shown && window && window.level_n < floor.min_sample;
    this.sample.hidden = lost || small || !window;
    this.target.hidden = lost;
    setText(this.sample, say("tile.sample", { n: window?.level_n ?? null }));
    let remark = "";
    if (lost) {
      const time = timeOfDay(queue.unknown_since, floor.timezone);
      remark = `${say("tile.lost", { time })} · ${say("tile.not_zero")}`;
    } else if (small) {
      const few = { n: window.level_n, least: floor.min_sample };
      remark = window.level_n ? say("tile.small", few) : say("tile.none_decided");
    }
    setText(this.remark, remark);
    this.remark.hidden = remark === "";
  }

  members(queue, known) {
    const count = (activity) => (known ? (queue.members[activity] ?? 0) : 0);
    const key = JSON.stringify([known, queue.members, queue.present, queue.elsewhere, queue.membership, lang()]);
    if (key === this.membersDrawn) return;
    this.membersDrawn = key;
    this.bar.classList.toggle("bar-unknown", !known);
    this.bar.replaceChildren(...ACTIVITIES.filter(count).map((activity) => segment(activity, count(activity))));
    const nobody = known && queue.membership === "none";
    const here = known ? (nobody ? say("tile.no_members") : say("tile.here", { present: queue.present, members: total(queue.members) })) : say("tile.agents_unknown");
    const worthSaying = (activity) => count(activity) > 0 || ALWAYS_SAID.includes(activity);
    const said = known && !nobody ? SAID.filter(worthSaying) : [];
    const words = said.map((activity) => counted(activity, count(activity)));
    if (known && queue.elsewhere > 0) words.unshift(el("span", "", say("tile.elsewhere", queue)));
    if (known && queue.membership === "inferred") words.push(el("span", "", say("tile.inferred")));
    this.agentWords.replaceChildren(el("b", "here", here), ...words.flatMap((word) => [" ", word]));
  }
}

function total(members) {
  return Object.values(members).reduce((sum, count) => sum + count, 0);
}

function segment(activity, count) {
  const part = el("span", `segment activity-${activity}`);
  part.style.flexGrow = count;
  return part;
}

function counted(activity, count) {
  const number = el("b", "", String(count));
  return el("span", "", el("i", `swatch activity-${activity}`), number, ` ${wordFor("activity", activity)}`);
}
