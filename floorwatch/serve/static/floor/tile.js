// One queue's tile. Built once, then only texts and classes change, so nothing on it moves that need not.

import { bandWords } from "../cards/ahead.js";
import { el, figureButton, setText, shape } from "../shell/dom.js";
import { placeOf } from "../shell/nav.js";
import { isClosed, longestLabel, longestWait } from "../shell/waits.js";
import { definition, flooredPercent, lang, say, timeOfDay, written } from "../shell/words.js";
import { Members } from "./members.js";
import { Trend } from "./trend.js";

const WINDOW = "15m";

function labelled(figure, className) {
  const number = figureButton(figure, "side-number");
  const label = el("span", "side-label");
  return { number, label, row: el("div", `side-row ${className}`, number, label) };
}

/** How many letters of Latin are as wide as a name: a Chinese one is as wide as one and a half. */
const lettersOf = (name) => [...name].reduce((letters, one) => letters + (one > "\u2e7f" ? 1.5 : 1), 0);

/** Of a picture that is too old to show, nobody knows what has become. */
export const verdictShown = (queue, shown) => (shown ? queue.verdict : "unknown");

export class Tile {
  constructor(name) {
    this.name = name;
    this.shape = el("span", "tile-shape");
    this.title = figureButton("queue", "tile-name");
    this.title.textContent = name;
    this.title.title = name;
    const letters = lettersOf(name);
    this.title.classList.toggle("tile-name-long", letters > 13);
    this.title.classList.toggle("tile-name-longer", letters > 18);
    this.title.classList.toggle("tile-name-very-long", letters > 24);
    this.way = el("a", "tile-way", "›");
    this.way.href = placeOf("queue", name);
    this.projected = el("b");
    this.band = el("span");
    this.projection = figureButton("projection", "tile-projection");
    this.projection.append(this.projected, " ", this.band);
    this.level = figureButton("service_level", "level");
    this.level.dataset.stop = "";
    this.digits = el("span", "level-digits");
    this.sign = el("span", "level-sign", "%");
    this.level.append(this.digits, this.sign);
    this.waiting = labelled("waiting", "side-waiting");
    this.longest = labelled("longest_wait", "side-longest");
    this.past = labelled("waiting_past_threshold", "side-past");
    this.target = figureButton("target", "fact");
    this.sample = figureButton("decided", "fact");
    this.remark = el("span", "fact tile-remark");
    this.verdictWords = el("span", "tile-verdict");
    this.trend = new Trend();
    this.trendButton = figureButton("service_level", "trend-button");
    this.trendButton.append(this.trend.node);
    this.members = new Members();
    this.node = el(
      "article",
      "tile",
      el(
        "div",
        "tile-inside",
        el("header", "tile-head", this.shape, this.title, this.way, this.projection),
        el("div", "tile-main", this.level, el("div", "side", this.waiting.row, this.longest.row, this.past.row)),
        el("div", "tile-facts", this.target, this.sample, this.remark, this.verdictWords),
        this.trendButton,
        this.members.bar,
        this.members.words,
      ),
    );
    this.node.dataset.queue = name;
    this.isOutOfSight = false;
    this.node.addEventListener("contentvisibilityautostatechange", ({ skipped }) => {
      this.isOutOfSight = skipped;
      if (!skipped) this.members.fit();
    });
  }

  /**
   * `firingSince`: since when an alert of this queue fires, else null. `shown`: false when the picture is too old to show.
   * `drawn`: what is kept in `drawn` of what it shows now.
   */
  update(queue, floor, firingSince, now, shown, drawn) {
    this.drawn = drawn;
    this.drawnAt = performance.now();
    const known = queue.unknown_since === null && shown;
    const window = known ? queue.windows[WINDOW] : undefined;
    this.entitle();
    this.state(queue, floor, firingSince, shown);
    this.ahead(known ? queue.projection : null, floor);
    this.figures(queue, floor, window, now, known);
    this.facts(queue, floor, window, shown);
    this.trend.update(queue, floor);
    this.members.update(queue, known);
  }

  /** Only what ticks between pictures. */
  tick(queue, now, shown) {
    if (queue.oldest_since !== null) this.wait(queue, now, queue.unknown_since === null && shown);
  }

  /** Each number says what it is to whoever hovers over it or hears the page. */
  entitle() {
    if (this.entitled === lang()) return;
    this.entitled = lang();
    for (const button of this.node.querySelectorAll("[data-figure]:not(.tile-name)")) {
      button.title = definition(button.dataset.figure).name;
    }
    this.trendButton.setAttribute("aria-label", `${this.name}: ${say("tile.trend")}`);
    this.way.title = say("tile.to_queue", { queue: this.name });
    this.way.setAttribute("aria-label", this.way.title);
  }

  state(queue, floor, firingSince, shown) {
    const verdict = verdictShown(queue, shown);
    if (this.verdict !== verdict) {
      this.verdict = this.node.dataset.verdict = verdict;
      this.shape.replaceChildren(shape(verdict));
    }
    const since = verdict === "breach" ? firingSince : null;
    const words = say(`verdict.${verdict}`);
    if (!shown) setText(this.verdictWords, say("waiting.unknown")); // the page has no news, the feed may be well
    else if (since !== null) setText(this.verdictWords, `${words} ${say("tile.since", { time: timeOfDay(since, floor.timezone) })}`);
    else if (!isClosed(queue)) setText(this.verdictWords, words);
    else setText(this.verdictWords, verdict === "small_sample" ? say("tile.closed") : `${words} · ${say("tile.closed")}`);
  }

  /** Where the period ends, with the band and the time it speaks of. */
  ahead(projection, floor) {
    this.projected.hidden = projection === null;
    setText(this.projected, projection === null ? "" : say("tile.projected", projection));
    setText(this.band, projection === null ? say("tile.no_projection") : bandWords(projection, floor));
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
    this.wait(queue, now, known);
    setText(this.longest.label, longestLabel(queue));
    setText(this.past.number, written("count", known ? queue.waiting_past_threshold : null));
    setText(this.past.label, say("tile.past", queue));
    this.past.row.classList.toggle("late", known && queue.waiting_past_threshold > 0);
  }

  wait(queue, now, known) {
    const wait = known ? longestWait(queue, now) : null;
    setText(this.longest.number, written("clock", wait));
    this.longest.row.classList.toggle("late", wait !== null && wait > queue.threshold_ms);
  }

  facts(queue, floor, window, shown) {
    setText(this.target, say("tile.target", queue));
    const lost = queue.unknown_since !== null;
    const small = !lost && shown && window && window.level_n < floor.min_sample;
    this.sample.hidden = lost || small || !window;
    this.target.hidden = lost || Boolean(small);
    this.verdictWords.hidden = lost; // the remark says it
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
}
