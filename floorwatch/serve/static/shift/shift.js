// The shift page, for leads: the turns of the rotas of the last two weeks, and what happened in one of them.
// `/shift#KEY` opens one.

import { ask } from "../shell/desk.js";
import { el, setText, setWords } from "../shell/dom.js";
import { openPage } from "../shell/page.js";
import { say } from "../shell/words.js";
import { Report } from "./report.js";
import { Turns } from "./turns.js";

/** Each look is logged, and nothing here is urgent. */
const AGAIN_MS = 60_000;
const RETRY_MS = 3_000;

/** What the server knows of turns; a television is a wall, whoever has signed it in: it asks for nothing. */
class Known {
  constructor(arrived) {
    this.arrived = arrived;
    this.listed = null;
    this.report = null;
    this.askAt = 0;
    this.isNamed = !document.documentElement.dataset.tv;
  }

  key() {
    return decoded(location.hash.slice(1)) || (this.listed?.shifts[0] ?? this.listed?.running[0])?.key || "";
  }

  isRunning() {
    return this.listed?.running.some(({ key }) => key === this.report?.key) ?? false;
  }

  again() {
    this.askAt = 0;
    this.arrived();
  }

  update(stream) {
    if (!this.isNamed || this.isAsking || stream.state() !== "live" || performance.now() < this.askAt) return;
    this.look();
  }

  async look() {
    this.isAsking = true;
    const listed = await ask("GET", "/api/v1/shifts");
    if (listed.ok) this.listed = listed.body;
    const key = this.key();
    const told = listed.ok && key ? await ask("GET", `/api/v1/shifts/${encodeURIComponent(key)}`) : null;
    if (listed.ok) this.report = told?.ok ? told.body : null;
    if (this.report) this.listed.running = this.listed.running.map((line) => agreed(line, this.report));
    this.isMissing = key !== "" && told !== null && !told.ok;
    this.isAsking = false;
    this.askAt = performance.now() + (listed.ok ? AGAIN_MS : RETRY_MS);
    if (key !== this.key()) this.askAt = 0; // another was chosen meanwhile
    this.arrived();
  }
}

/** The line of a turn that runs, as its report, which was asked for after it, has it. */
function agreed(line, { key, alerts, n_by_severity }) {
  return line.key === key ? { ...line, n_by_severity, n_live: alerts.filter((alert) => alert.is_live).length } : line;
}

function decoded(hash) {
  try {
    return decodeURIComponent(hash);
  } catch {
    return hash;
  }
}

openPage({
  name: "shift",
  address: "/events",
  build({ main, render, openCard }) {
    const known = new Known(render);
    const title = el("h1", "shift-title");
    const note = el("p", "shift-note");
    note.setAttribute("role", "status");
    const [turns, report] = [new Turns(), new Report(openCard)];
    main.append(el("div", "shift-page", el("aside", "shift-side", title, turns.node), note, report.node));
    addEventListener("hashchange", () => known.again());

    return (stream) => {
      setText(title, say("turn.title"));
      if (!stream.floor) return;
      known.update(stream);
      setWords(note, noteOf(known));
      turns.update(known.listed, known.key());
      report.update(known.report, known.isRunning());
    };
  },
});

function noteOf({ listed, isNamed, isMissing }) {
  if (!isNamed) return say("turn.not_here");
  if (isMissing) return say("turn.not_there");
  return listed && !listed.shifts.length && !listed.running.length ? say("turn.none") : "";
}
