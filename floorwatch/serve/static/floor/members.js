// The agents of a queue: a bar by activity, and beneath it how many are here of how many are needed, and what they do.

import { ACTIVITIES } from "../shell/activities.js";
import { el, figureButton, setText } from "../shell/dom.js";
import { lang, say, wordFor } from "../shell/words.js";

// The words begin with what a supervisor asks first.
const ALWAYS_SAID = ["talking", "available", "paused"];
const SAID = [...ALWAYS_SAID, ...ACTIVITIES.filter((activity) => !ALWAYS_SAID.includes(activity))];

export class Members {
  constructor() {
    this.bar = el("div", "bar");
    this.bar.setAttribute("aria-hidden", "true");
    this.here = figureButton("required_agents", "here");
    this.doing = figureButton("agents_by_activity", "doing");
    this.elsewhere = figureButton("elsewhere", "elsewhere");
    this.words = el("div", "tile-agents", this.here, this.elsewhere, this.doing);
    new ResizeObserver(() => this.fit()).observe(this.words);
  }

  update(queue, known) {
    const required = queue.outlook?.required ?? null;
    const key = JSON.stringify([known, queue.members, queue.present, queue.elsewhere, queue.membership, required, lang()]);
    if (key === this.drawn) return;
    this.drawn = key;
    const count = (activity) => (known ? (queue.members[activity] ?? 0) : 0);
    this.bar.classList.toggle("bar-unknown", !known);
    this.bar.replaceChildren(...ACTIVITIES.filter(count).map((activity) => segment(activity, count(activity))));
    const nobody = known && queue.membership === "none";
    setText(this.here, hereWords(queue, required, known, nobody));
    this.here.dataset.figure = required === null ? "present" : "required_agents";
    this.here.classList.toggle("short", known && required !== null && queue.present < required);
    const worthSaying = (activity) => count(activity) > 0 || ALWAYS_SAID.includes(activity);
    const said = known && !nobody ? SAID.filter(worthSaying) : [];
    const words = said.map((activity) => counted(activity, count(activity)));
    const elsewhere = known && queue.elsewhere ? say("tile.elsewhere", queue) : "";
    if (elsewhere) words.push(el("span", "doing-word doing-elsewhere", elsewhere));
    if (known && queue.membership === "inferred") words.push(el("span", "doing-word", say("tile.inferred")));
    this.elsewhere.hidden = !elsewhere;
    setText(this.elsewhere, elsewhere);
    this.doing.replaceChildren(...words.flatMap((word) => [word, " "]));
    this.doing.hidden = words.length === 0;
    this.doing.setAttribute("aria-label", words.map((word) => word.textContent).join(" "));
    requestAnimationFrame(() => this.fit());
  }

  /** What does not fit in its line: a nought goes, then words, the rarest first; never a number that the bar shows. */
  fit() {
    const { doing } = this;
    if (!doing.checkVisibility({ contentVisibilityAuto: true })) return;
    const noughts = [...doing.querySelectorAll(".doing-nought")];
    const words = [...doing.querySelectorAll(".doing-word")].reverse();
    for (const part of [...noughts, ...words]) part.hidden = false;
    for (const part of [...noughts, ...words]) {
      if (doing.scrollHeight <= doing.clientHeight + 1) return;
      part.hidden = true;
    }
  }
}

/** Here and needed are one phrase; where nobody knows what is needed, here of how many there are. */
function hereWords(queue, required, known, nobody) {
  if (!known) return say("tile.agents_unknown");
  if (nobody) return say("tile.no_members");
  if (required !== null) return say("tile.here_needed", { present: queue.present, required });
  return say("tile.here", { present: queue.present, members: total(queue.members) });
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
  const word = el("span", "doing-word", ` ${wordFor("activity", activity)}`);
  word.dataset.agents = count;
  // That nobody is free is news; that nobody is paused is not.
  const isNought = count === 0 && activity !== "available";
  return el("span", isNought ? "doing-nought" : "", el("i", `swatch activity-${activity}`), number, word);
}
