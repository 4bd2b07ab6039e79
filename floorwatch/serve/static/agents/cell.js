// One agent: what they do and for how long, what is scheduled, and whether the two agree. Built once, then only texts
// and attributes change.

import { el, setText, shape } from "../shell/dom.js";
import { listed, say, timeOfDay, wordFor, written } from "../shell/words.js";
import { icon } from "./icons.js";
import { lineAfter, lineAt, linesOf } from "./shift.js";
import { Strip } from "./strip.js";

/** What an agent does, in words: the activity, and why. */
export function doing(activity, reason) {
  const word = say(`activity.${activity}`);
  return reason ? `${word}: ${wordFor("scheduled", reason)}` : word;
}

export class Cell {
  /** `open(name)` shows the agent's day. */
  constructor(name, open) {
    this.icon = el("span", "cell-icon");
    this.time = el("span", "cell-time");
    this.doing = el("span", "cell-doing");
    this.adherence = el("span", "cell-adherence");
    this.queues = el("span", "cell-queues");
    this.strip = new Strip();
    this.mark = el("span", "cell-mark", shape("warning"));
    this.out = el("span", "cell-out");
    this.due = el("span", "cell-due");
    this.node = el(
      "button",
      "cell",
      el("span", "cell-line", this.icon, el("b", "cell-name", name), this.time),
      el("span", "cell-line", this.doing, this.adherence),
      this.queues,
      this.strip.node,
      el("span", "cell-line cell-foot", this.mark, this.out, this.due),
    );
    this.node.type = "button";
    this.node.title = name;
    this.node.addEventListener("click", () => open(name));
  }

  /** `exception`: the agent's, if out of adherence. `known`: false when the picture is too old to show. */
  update(agent, { floor, attendance, exception, now, known }) {
    const activity = known ? agent.activity : "unknown";
    if (this.node.dataset.activity !== activity) {
      this.node.dataset.activity = activity;
      this.icon.replaceChildren(icon(activity));
    }
    setText(this.time, known && agent.since !== null ? written("clock", now - agent.since) : written("clock", null));
    setText(this.doing, doing(activity, known ? agent.reason : ""));
    setText(this.queues, queueWords(agent));
    this.schedule(agent, floor, attendance, now, known);
    this.exception(known ? exception : undefined, now);
  }

  schedule(agent, floor, attendance, now, known) {
    if (this.shift !== agent.shift || this.attendance !== attendance) {
      [this.shift, this.attendance] = [agent.shift, attendance];
      this.lines = attendance ? linesOf(agent.shift, attendance) : [];
    }
    this.strip.update(this.lines, now);
    setText(this.due, attendance ? dueWords(this.lines, now, floor.timezone) : "");
    const adherence = known ? agent.adherence : null;
    setText(this.adherence, this.lines.length ? written("percent", adherence) : "");
    const meaning = say("agents.adherence_own", { adherence });
    if (this.adherence.title !== meaning) this.adherence.title = meaning;
  }

  exception(exception, now) {
    // Work beyond the schedule is said, and no cause for alarm.
    this.node.dataset.out = exception === undefined ? "no" : exception.scheduled ? "yes" : "extra";
    this.mark.hidden = this.out.hidden = exception === undefined;
    if (!exception) return;
    const kind = say(`exception.${exception.kind}`);
    setText(this.out, say("agents.out_for", { kind, wait_ms: now - exception.since }));
  }
}

function queueWords(agent) {
  if (agent.paused_in.length) return say("agents.paused_in", { queues: listed(agent.paused_in) });
  return agent.queues.length ? listed(agent.queues) : say("agents.no_queue");
}

function dueWords(lines, now, timezone) {
  const line = lineAt(lines, now);
  const next = line ? undefined : lineAfter(lines, now);
  const at = line?.end ?? next?.start;
  if (at === undefined) return say("agents.unscheduled");
  const values = { activity: say(`scheduled.${(line ?? next).activity}`), time: timeOfDay(at, timezone) };
  return line ? say("agents.scheduled_until", values) : say("agents.scheduled_from", values);
}
