// Who waits now, a line each, the longest first: how long, whether past T, whether it rings. No contact is named.

import { el, figureButton, setText, shape } from "../shell/dom.js";
import { say, written } from "../shell/words.js";

class Line {
  constructor() {
    this.place = el("span", "wait-place");
    this.wait = figureButton("longest_wait", "wait-time");
    this.past = el("span", "wait-past");
    this.pastWords = el("span", "");
    this.past.append(shape("warning"), this.pastWords);
    this.how = el("span", "wait-how");
    this.node = el("li", "wait", this.place, this.wait, this.past, this.how);
  }

  update(number, visit, queue, now) {
    const ticks = visit.counts_from !== null;
    const wait_ms = ticks ? Math.max(0, now - visit.counts_from) : visit.wait_ms;
    const isPast = visit.due < now;
    setText(this.place, String(number));
    setText(this.wait, written("clock", wait_ms));
    setText(this.pastWords, isPast ? say("waiting.past", queue) : "");
    this.past.hidden = !isPast;
    this.node.classList.toggle("late", isPast);
    this.node.classList.toggle("rings", visit.is_alerting);
    setText(this.how, how(visit, ticks));
  }
}

function how(visit, ticks) {
  if (visit.is_alerting) return say("waiting.rings");
  if (ticks) return say("waiting.waits");
  return say(visit.wait_ms === null ? "waiting.unseen" : "waiting.stopped");
}

export class Waiting {
  constructor() {
    this.title = el("h2", "part-title");
    this.count = figureButton("waiting", "part-count");
    this.list = el("ol", "wait-list");
    this.list.tabIndex = 0;
    this.nothing = el("p", "wait-nothing");
    this.more = el("p", "wait-more");
    this.lines = [];
    this.node = el(
      "section",
      "queue-waiting part",
      el("header", "part-head", this.title, this.count),
      this.nothing,
      this.list,
      this.more,
    );
  }

  update(queue, day, now, shown) {
    const isKnown = shown && day.waiting !== null && queue.unknown_since === null;
    const visits = isKnown ? day.waiting : [];
    setText(this.title, say("waiting.title"));
    this.list.setAttribute("aria-label", say("waiting.title"));
    setText(this.count, written("count", isKnown ? visits.length + day.waiting_more : null));
    setText(this.nothing, isKnown ? say("waiting.nobody") : `– ${say("waiting.unknown")}`);
    this.nothing.hidden = visits.length > 0;
    this.list.hidden = visits.length === 0;
    setText(this.more, say("waiting.more", { count: day.waiting_more }));
    this.more.hidden = !isKnown || day.waiting_more === 0;
    while (this.lines.length < visits.length) {
      const line = new Line();
      this.lines.push(line);
      this.list.append(line.node);
    }
    this.lines.forEach((line, index) => {
      line.node.hidden = index >= visits.length;
      if (!line.node.hidden) line.update(index + 1, visits[index], queue, now);
    });
  }
}
