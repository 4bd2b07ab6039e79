// The name of the queue, and the way to the others: the one before, the one after, or any by a part of its name.

import { button, el, shape } from "../shell/dom.js";
import { placeOf } from "../shell/nav.js";
import { say, written } from "../shell/words.js";

const SEARCHED_FROM = 9; // fewer are found by looking
const SHOWN_MAX = 60;

export class Picker {
  constructor(name) {
    this.name = name;
    this.before = el("a", "picker-step", "‹");
    this.after = el("a", "picker-step", "›");
    this.opener = button("picker-name", () => this.toggle());
    this.title = el("h1", "picker-title", name);
    this.title.title = name;
    this.opener.append(el("span", "picker-mark", "▾"));
    this.search = el("input", "picker-search");
    this.search.type = "search";
    this.list = el("ul", "picker-list");
    this.panel = el("div", "picker-panel", this.search, this.list);
    this.panel.id = "picker-panel";
    this.opener.setAttribute("aria-controls", "picker-panel");
    this.node = el("div", "picker", this.before, this.title, this.opener, this.after, this.panel);
    this.listen();
    this.toggle(false);
  }

  listen() {
    this.search.addEventListener("input", () => this.show());
    this.search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.list.querySelector("a")?.click();
    });
    this.panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.toggle(false);
      this.opener.focus();
    });
    document.addEventListener("click", (event) => {
      if (this.isOpen && !this.node.contains(event.target)) this.toggle(false);
    });
    document.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    const isTyped = event.target.closest("input, textarea, select, dialog[open]");
    if (isTyped || event.ctrlKey || event.metaKey || event.altKey || document.documentElement.dataset.tv) return;
    if (event.key === "p") this.before.click();
    else if (event.key === "n") this.after.click();
    else if (event.key === "/") this.toggle(true);
    else return;
    event.preventDefault();
  }

  toggle(isOpen = !this.isOpen) {
    this.isOpen = isOpen;
    this.panel.hidden = !isOpen;
    this.opener.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) return;
    this.search.value = "";
    this.shown = "";
    this.show();
    (this.search.hidden ? this.list.querySelector("a") : this.search)?.focus();
  }

  update(queue, floor) {
    this.queues = floor.queues;
    const place = floor.queues.indexOf(queue);
    const beside = (step) => floor.queues[(place + step + floor.queues.length) % floor.queues.length].name;
    for (const [link, step, key] of [[this.before, -1, "queue.before"], [this.after, 1, "queue.after"]]) {
      link.hidden = floor.queues.length < 2;
      const words = `${say(key)}: ${beside(step)}`;
      if (link.title === words) continue;
      link.href = placeOf("queue", beside(step));
      link.title = words;
      link.setAttribute("aria-label", words);
    }
    this.opener.hidden = floor.queues.length < 2;
    this.opener.setAttribute("aria-label", say("queue.picker"));
    this.search.placeholder = say("queue.find");
    this.search.setAttribute("aria-label", say("queue.find"));
    this.search.hidden = floor.queues.length < SEARCHED_FROM;
    if (this.isOpen) this.show();
  }

  /** Those whose name has what is typed, in the floor's order. */
  show() {
    const wanted = this.search.value.trim().toLowerCase();
    const found = this.queues.filter((queue) => queue.name.toLowerCase().includes(wanted)).slice(0, SHOWN_MAX);
    const now = JSON.stringify(found.map((queue) => [queue.name, queue.verdict, levelOf(queue)]));
    if (now === this.shown) return;
    const focused = document.activeElement?.dataset.to;
    this.shown = now;
    this.list.replaceChildren(...found.map((queue) => el("li", "", this.link(queue))));
    if (focused !== undefined) this.list.querySelector(`[data-to="${CSS.escape(focused)}"]`)?.focus();
  }

  link(queue) {
    const mark = el("span", "picker-shape", shape(queue.verdict));
    mark.title = say(`verdict.${queue.verdict}`);
    const link = el("a", "picker-link", mark, el("span", "picker-of", queue.name), el("span", "picker-level", levelOf(queue)));
    link.href = placeOf("queue", queue.name);
    link.dataset.to = queue.name;
    link.dataset.verdict = queue.verdict;
    if (queue.name === this.name) link.setAttribute("aria-current", "page");
    return link;
  }
}

function levelOf(queue) {
  return written("percent", queue.unknown_since === null ? queue.windows["15m"]?.level : null);
}
