// The head of the page: which queue, how it is now, and the way to the others.

import { el, figureButton, setText, shape } from "../shell/dom.js";
import { isClosed, longestLabel, longestWait } from "../shell/waits.js";
import { definition, flooredPercent, lang, say, timeOfDay, written } from "../shell/words.js";
import { Picker } from "./picker.js";

const NOW = "15m";

/** A number over its label. */
function stat(figure, className = "") {
  const number = figureButton(figure, "stat-number");
  const label = el("span", "stat-label");
  return { number, label, node: el("div", `stat ${className}`.trim(), el("span", "stat-numbers", number), label) };
}

function fill({ number, label }, value, words) {
  setText(number, value);
  setText(label, words);
}

export class Head {
  constructor(name) {
    this.picker = new Picker(name);
    this.shape = el("span", "head-shape");
    this.verdict = el("span", "head-verdict");
    this.level = figureButton("service_level", "head-level");
    this.digits = el("span", "head-digits");
    this.sign = el("span", "head-sign");
    this.level.append(this.digits, this.sign);
    this.target = figureButton("target", "head-fact");
    this.sample = figureButton("decided", "head-fact");
    this.remark = el("span", "head-fact head-remark");
    this.today = stat("service_level");
    this.waiting = stat("waiting");
    this.longest = stat("longest_wait");
    this.past = stat("waiting_past_threshold");
    this.here = stat("present");
    this.needed = figureButton("required_agents", "stat-number");
    this.here.number.after(el("span", "stat-of", "/"), this.needed);
    this.projection = stat("projection", "stat-projection");
    this.band = el("span", "stat-band");
    this.projection.node.append(this.band);
    const stats = [this.waiting, this.longest, this.past, this.here, this.projection, this.today];
    this.node = el(
      "section",
      "queue-head",
      el("div", "head-name", this.picker.node, el("p", "head-state", this.shape, this.verdict)),
      el("div", "head-now", this.level, el("p", "head-facts", this.target, this.sample, this.remark)),
      el("div", "head-stats", ...stats.map(({ node }) => node)),
    );
  }

  /** `shown`: false when the picture is too old to show. */
  update(queue, floor, now, shown) {
    const isKnown = queue.unknown_since === null && shown;
    this.entitle();
    this.picker.update(queue, floor);
    this.state(queue, floor, isKnown);
    this.levels(queue, floor, isKnown);
    this.waits(queue, now, isKnown);
    this.agents(queue, isKnown);
    this.end(queue, floor, isKnown);
  }

  /** Each number says what it is to whoever hovers over it or hears the page. */
  entitle() {
    if (this.entitled === lang()) return;
    this.entitled = lang();
    for (const button of this.node.querySelectorAll("[data-figure]")) button.title = definition(button.dataset.figure).name;
  }

  state(queue, floor, isKnown) {
    const verdict = isKnown ? queue.verdict : "unknown";
    if (this.node.dataset.verdict !== verdict) {
      this.node.dataset.verdict = verdict;
      this.shape.replaceChildren(shape(verdict));
    }
    const isOurs = !isKnown && queue.unknown_since === null; // the page has no news, the feed may be well
    setText(this.verdict, isOurs ? say("waiting.unknown") : say(`verdict.${verdict}`));
  }

  levels(queue, floor, isKnown) {
    const [recent, day] = isKnown ? [queue.windows[NOW], queue.windows.day] : [];
    const hasLevel = recent !== undefined && recent.level !== null;
    setText(this.digits, hasLevel ? flooredPercent(recent.level, 0) : "–");
    setText(this.sign, hasLevel ? "%" : "");
    const isSmall = recent !== undefined && recent.level_n < floor.min_sample;
    this.level.classList.toggle("unjudged", !hasLevel || isSmall);
    setText(this.target, say("tile.target", queue));
    setText(this.sample, isSmall || !recent ? "" : say("tile.sample", { n: recent.level_n }));
    setText(this.remark, this.remarkOn(queue, floor, recent, isSmall));
    const n = day ? ` · ${say("tile.sample", { n: day.level_n })}` : "";
    fill(this.today, written("percent", day?.level), say("queue.level_today") + n);
  }

  remarkOn(queue, floor, recent, isSmall) {
    if (queue.unknown_since !== null) return say("queue.lost", { time: timeOfDay(queue.unknown_since, floor.timezone) });
    if (isSmall) {
      return recent.level_n ? say("queue.small", { n: recent.level_n, least: floor.min_sample }) : say("queue.none_decided");
    }
    if (!isClosed(queue)) return recent ? say("queue.level_now") : "";
    return say("queue.closed", { time: timeOfDay(queue.hours.changes_at, floor.timezone) });
  }

  waits(queue, now, isKnown) {
    const wait = isKnown ? longestWait(queue, now) : null;
    fill(this.waiting, written("count", isKnown ? queue.waiting : null), say("tile.waiting"));
    fill(this.longest, written("clock", wait), longestLabel(queue));
    fill(this.past, written("count", isKnown ? queue.waiting_past_threshold : null), say("tile.past", queue));
    this.longest.node.classList.toggle("late", wait !== null && wait > queue.threshold_ms);
    this.past.node.classList.toggle("late", isKnown && queue.waiting_past_threshold > 0);
  }

  agents(queue, isKnown) {
    const [here, needed] = isKnown ? [queue.present, queue.outlook?.required ?? null] : [null, null];
    fill(this.here, written("count", here), say("queue.here_needed"));
    setText(this.needed, written("count", needed));
    this.here.node.classList.toggle("late", here !== null && needed !== null && here < needed);
  }

  end(queue, floor, isKnown) {
    const projection = isKnown ? queue.projection : null;
    const words = projection
      ? say("queue.projection", { time: timeOfDay(projection.until, floor.timezone) })
      : say("queue.no_projection");
    fill(this.projection, projection ? `→ ${written("percent", projection.projection)}` : "–", words);
    setText(this.band, projection ? say("queue.projection_band", projection) : "");
  }
}
