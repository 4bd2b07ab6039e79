// The schedule of an agent as a thin bar: two hours back, four ahead, the same for all, so that bars can be compared.

import { el } from "../shell/dom.js";
import { lang, say } from "../shell/words.js";

const BACK_MS = 7_200_000;
const AHEAD_MS = 14_400_000;
const STEP_MS = 60_000;

export class Strip {
  constructor() {
    this.parts = el("span", "strip-parts");
    this.node = el("span", "strip", this.parts, el("span", "strip-now"));
    this.node.setAttribute("aria-hidden", "true");
  }

  /** Moves once a minute: what it shows is long. */
  update(lines, now) {
    const from = now - (now % STEP_MS) - BACK_MS;
    if (lines === this.lines && from === this.from && lang() === this.lang) return;
    [this.lines, this.from, this.lang] = [lines, from, lang()];
    this.node.title = say("agents.strip");
    this.node.hidden = lines.length === 0;
    const to = from + BACK_MS + AHEAD_MS;
    const shown = lines.filter((line) => line.end > from && line.start < to);
    this.parts.replaceChildren(...shown.map((line) => part(line, from, to)));
  }
}

function part({ start, end, activity }, from, to) {
  const node = el("span", "strip-part");
  node.dataset.scheduled = activity;
  const share = (ms) => `${((ms / (to - from)) * 100).toFixed(2)}%`;
  node.style.left = share(Math.max(start, from) - from);
  node.style.width = share(Math.min(end, to) - Math.max(start, from));
  return node;
}
