// The turns there are: those that run, then those that are over, the latest hand-over first.

import { el, wordsOf } from "../shell/dom.js";
import { dayAndTime, lang, listed, say } from "../shell/words.js";

export class Turns {
  constructor() {
    this.node = el("nav", "turns");
  }

  /** `listed`: as the server tells it, null before it has; `key`: of the one that is shown. */
  update(listed, key) {
    const drawn = JSON.stringify([listed, key, lang()]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.node.setAttribute("aria-label", say("turn.title"));
    const groups = [["turn.running", listed?.running ?? []], ["turn.past", listed?.shifts ?? []]];
    const shown = groups.filter(([, lines]) => lines.length);
    const zone = shown.length ? [el("p", "turns-zone", say("turn.zone", { zone: listed.timezone }))] : [];
    this.node.replaceChildren(...zone, ...shown.flatMap(([head, lines]) => [
      el("h2", "turns-part", say(head)),
      el("ul", "turns-list", ...lines.map((line) => el("li", "", link(line, key, listed)))),
    ]));
  }
}

/** From when to when; of one that runs, since when. */
function link(line, key, { running, timezone }) {
  const isRunning = running.includes(line);
  const [since, until] = [line.since, line.until].map((at) => dayAndTime(at, timezone));
  const when = isRunning ? say("tile.since", { time: since }) : say("turn.span", { since, until });
  const count = Object.values(line.n_by_severity).reduce((sum, n) => sum + n, 0);
  const left = line.n_live ? [say(isRunning ? "turn.live" : "shift.live", { n: line.n_live })] : [];
  const node = el(
    "a", "turn", el("b", "", line.rota), el("span", "turn-who", listed(line.people) || say("shift.nobody")),
    el("span", "turn-time", ...wordsOf(when)),
    el("span", "turn-count", [say("turn.alerts", { count }), ...left].join(" · ")),
  );
  node.href = `#${encodeURIComponent(line.key)}`;
  if (line.key === key) node.setAttribute("aria-current", "true");
  return node;
}
