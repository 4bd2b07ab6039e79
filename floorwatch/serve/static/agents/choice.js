// Which agents are shown: by queue, by what they do, by text; and whether they stand by team or by site. Kept nowhere:
// a text may be a name.

import { ACTIVITIES } from "../shell/activities.js";
import { el, setText } from "../shell/dom.js";
import { lang, say } from "../shell/words.js";
import { lineAt, linesOf } from "./shift.js";

const DOINGS = ["here", "everybody", "out", ...ACTIVITIES, "offline"];

export class Choice {
  /** `changed` is called when somebody has chosen. */
  constructor(changed) {
    this.by = picker(changed);
    this.doing = picker(changed);
    this.queue = picker(changed);
    this.text = el("input", "choice-field");
    this.text.type = "search";
    this.text.autocomplete = "off";
    this.text.addEventListener("input", changed);
    this.count = el("span", "choice-count");
    this.count.setAttribute("role", "status");
    this.fields = [this.by, this.doing, this.queue, this.text].map((field) => ({ field, label: el("span") }));
    const labels = this.fields.map(({ field, label }) => el("label", "choice-part", label, field));
    this.node = el("form", "choice", ...labels, this.count);
    this.node.addEventListener("submit", (event) => event.preventDefault());
  }

  update(floor) {
    const queues = floor.queues.map((queue) => queue.name);
    const key = JSON.stringify([lang(), queues]);
    if (this.key === key) return;
    this.key = key;
    this.node.setAttribute("aria-label", say("agents.choose"));
    const labels = [say("agents.by"), say("agents.doing"), say("agents.queue"), say("agents.text")];
    this.fields.forEach(({ label }, index) => setText(label, labels[index]));
    offer(this.by, [["team", say("agents.by_team")], ["site", say("agents.by_site")]]);
    offer(this.doing, DOINGS.map((each) => [each, doingWord(each)]));
    offer(this.queue, [["", say("agents.every_queue")], ...queues.map((name) => [name, name])]);
  }

  /** Whom they fit, of all; `outs`: by name, who is out of adherence. */
  pick(agents, attendance, outs, now) {
    const text = this.text.value.trim().toLowerCase();
    const queue = this.queue.value;
    const fits = fitting(this.doing.value, attendance, outs, now);
    return agents.filter(
      (agent) =>
        fits(agent) &&
        (queue === "" || agent.queues.includes(queue)) &&
        (text === "" || [agent.name, agent.team, agent.site].some((each) => each.toLowerCase().includes(text))),
    );
  }

  say(shown, all) {
    setText(this.count, say("agents.shown", { shown, all }));
  }

  get grouping() {
    return this.by.value;
  }
}

function fitting(doing, attendance, outs, now) {
  if (doing === "everybody") return () => true;
  if (doing === "out") return (agent) => outs.has(agent.name);
  if (doing !== "here") return (agent) => agent.activity === doing;
  const isDue = (agent) => {
    const line = attendance ? lineAt(linesOf(agent.shift, attendance), now) : undefined;
    return line !== undefined && line.activity !== "time_off";
  };
  return (agent) => agent.activity !== "offline" || outs.has(agent.name) || isDue(agent);
}

function doingWord(doing) {
  if (doing === "here") return say("agents.here");
  if (doing === "everybody") return say("agents.everybody");
  return doing === "out" ? say("agents.out") : say(`activity.${doing}`);
}

function picker(changed) {
  const node = el("select", "choice-field");
  node.addEventListener("change", changed);
  return node;
}

function offer(node, offers) {
  const chosen = node.value;
  node.replaceChildren(
    ...offers.map(([value, text]) => {
      const option = el("option", "", text);
      option.value = value;
      return option;
    }),
  );
  if (offers.some(([value]) => value === chosen)) node.value = chosen;
}
