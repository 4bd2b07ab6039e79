// The story of one alert, and its effect as far as it is known: how the queue fared when it fired, when somebody took
// it, when it was over and a quarter of an hour later.

import { inLanguage, lasted, subject } from "../shell/alerts.js";
import { el, figureButton, setText, wordsOf } from "../shell/dom.js";
import { actionWords, effectsOf } from "./brought.js";
import { calledWords } from "./escalation.js";
import { dayAndTime, definition, lang, say, timeOfDay, written } from "../shell/words.js";

const LATER_MS = 900_000;
/** A level that is of another time than that before or after its moment says of which. */
const EXACT_MS = 2_000;
const DAY_MS = 86_400_000;
const MOMENTS = ["fired", "acknowledged", "resolved", "later"];

export class Story {
  constructor(openCard) {
    this.openCard = openCard;
    this.summary = el("summary");
    this.inside = el("div", "story");
    this.node = el("details", "story-fold", this.summary, this.inside);
    this.node.addEventListener("toggle", () => this.draw());
  }

  open() {
    this.node.open = true;
    this.draw();
  }

  /** `story`: what the server knows of it; null: nothing. */
  update(alert, story, stream) {
    this.told = { alert, story, zone: stream.floor.timezone, now: stream.knownNow() };
    setText(this.summary, say("story.title"));
    this.draw();
  }

  draw() {
    if (!this.node.open || !this.told) return;
    const { alert, story, zone, now } = this.told;
    const due = alert.resolved_at !== null && now >= alert.resolved_at + LATER_MS;
    const key = JSON.stringify([lang(), alert.state, alert.severity, alert.acknowledged_at, alert.message, story, due,
      alert.called, alert.actions]);
    if (key === this.key) return;
    this.key = key;
    const events = eventsOf(alert, story, (at) => clockTime(at, zone, now));
    events.push(...calledOf(alert, zone, now), ...doneAbout(alert, zone, this.openCard));
    events.sort((one, other) => one.at - other.at);
    this.inside.replaceChildren(
      el("ol", "story-events", ...events.map((event) => eventRow(event, zone, now))),
      ...effect(alert, story, zone, due),
      ...(alert.fired_at !== null && isPartial(story) ? [el("p", "story-partial", say("story.unknown"))] : []),
    );
  }
}

/** What the time of it tells; of another day, that day too. */
const clockTime = (at, zone, now) => (now - at > DAY_MS / 2 ? dayAndTime(at, zone) : timeOfDay(at, zone, true));

/** Nobody looked when it fired: what was advised then is not known. */
const isPartial = (story) => story === null || (!Object.keys(story.advice).length && !("fired" in story.levels));

/** [{at, what, texts}]; of an action {effects}, too. */
function eventsOf(alert, story, time) {
  const events = [{ at: alert.pending_at, what: say("story.pending"), texts: [] }];
  if (alert.fired_at !== null) {
    const severity = say(`severity.${story?.severity_at_fire ?? alert.severity}`);
    const advised = story ? inLanguage(story.advice) : "";
    const texts = [story ? inLanguage(story.message) : "", advised ? `${say("story.advised")}: ${advised}` : ""];
    events.push({ at: alert.fired_at, what: say("story.fired", { severity }), texts });
  }
  if (alert.raised_at !== null) {
    const severity = say(`severity.${alert.severity}`);
    events.push({ at: alert.raised_at, what: say("story.raised", { severity }), texts: [] });
  }
  for (const { at, who, note } of takenOf(alert, story)) {
    events.push({ at, what: who ? say("story.taken", { who }) : say("story.taken_public"), texts: [note ?? ""] });
  }
  for (const { at, until, who } of story?.snoozed ?? []) {
    const put = say(who ? "story.snoozed" : "story.snoozed_public", { who, time: time(until) });
    events.push({ at, what: until > at ? put : say("story.woken"), texts: [] });
  }
  if (alert.resolved_at !== null) {
    const wait_ms = lasted(alert, null);
    const why = story?.reason ? say(`story.${story.reason}`) : "";
    events.push({ at: alert.resolved_at, what: say("story.resolved", { wait_ms }), texts: [why] });
  }
  return events;
}

/** Who was called, where this page may know. */
const calledOf = ({ called }, zone, now) =>
  (called ?? []).map((one) => ({ at: one.at, what: one.person, texts: [calledWords(one, zone, now)] }));

/** What was done, and what it brought. */
const doneAbout = ({ actions }, zone, openCard) =>
  actions.map((action) => ({
    at: action.at,
    what: [actionWords(action), ...(action.who ? [say("did.by", action)] : [])].join(" · "),
    texts: [action.note ?? ""],
    effects: effectsOf(action, zone, openCard),
  }));

const takenOf = (alert, story) => {
  const told = story?.taken ?? [];
  const isTold = alert.acknowledged_at === null || told.some(({ at }) => at === alert.acknowledged_at);
  return isTold ? told : [...told, { at: alert.acknowledged_at, who: alert.acknowledged_by ?? "" }];
};

function eventRow({ at, what, texts, effects = [] }, zone, now) {
  const said = [...texts.filter(Boolean).map(wordsOf), ...effects.map((effect) => [effect])];
  return el("li", "story-event", el("time", "", clockTime(at, zone, now)), el("div", "", el("b", "", what), ...said.map((parts) => el("p", "story-text", ...parts))));
}

/** How the queue fared: nothing of what is about no queue. */
function effect(alert, story, zone, isDue) {
  if (alert.scope !== "queue" || alert.fired_at === null || story === null) return [];
  const name = figureButton("service_level", "story-figure");
  name.textContent = definition("service_level").name;
  const head = el("p", "story-effect", el("b", "", subject(alert)), " ", name, " ", say("story.effect", story));
  head.dataset.queue = subject(alert);
  const cell = (moment) => el("div", "effect", ...level(moment, alert, story, zone, isDue));
  return [head, el("div", "effects", ...momentsOf(alert, story).map(cell))];
}

/** Those that have come, or will. */
function momentsOf(alert, story) {
  const isOver = alert.resolved_at !== null;
  const has = { fired: true, acknowledged: takenOf(alert, story).length > 0, resolved: isOver, later: isOver };
  return MOMENTS.filter((moment) => has[moment]);
}

/** When it was. */
function momentAt(moment, alert, story) {
  if (moment === "fired") return alert.fired_at;
  if (moment === "acknowledged") return takenOf(alert, story)[0].at;
  return moment === "resolved" ? alert.resolved_at : alert.resolved_at + LATER_MS;
}

function level(moment, alert, story, zone, isDue) {
  const known = story.levels[moment];
  const what = el("span", "effect-when", say(`story.level_${moment}`));
  if (known) {
    const isUnder = known.level !== null && known.level < story.target;
    const value = el("b", isUnder ? "effect-under" : "", written("percent", known.level));
    const off = Math.abs(known.at - momentAt(moment, alert, story)) > EXACT_MS;
    const as_of = off ? [say("story.level_at", { time: timeOfDay(known.at, zone, true) })] : [];
    return [what, value, el("span", "effect-sample", [say("tile.sample", known), ...as_of].join(" · "))];
  }
  const isToCome = moment === "later" && !isDue;
  const when = isToCome ? say("story.known_at", { time: timeOfDay(alert.resolved_at + LATER_MS, zone) }) : "";
  return [what, el("b", "", "–"), el("span", "effect-sample", when)];
}
