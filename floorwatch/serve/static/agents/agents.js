// The agents page, for leads: who does what, who is out, by harm; supervisors excuse.

import { el } from "../shell/dom.js";
import { openPage } from "../shell/page.js";
import { lang } from "../shell/words.js";
import { AgentDay } from "./agent_day.js";
import { Choice } from "./choice.js";
import { ExcuseForm } from "./excuse_form.js";
import { Excuses } from "./excuses.js";
import { Exceptions } from "./exceptions.js";
import { Groups } from "./groups.js";
import { Levers } from "./levers.js";
import { linesOf } from "./shift.js";

const DRILL_MS = 900_000;

class Agents {
  constructor({ main, desk, render }) {
    this.desk = desk;
    const open = (name) => this.day.open(name);
    this.choice = new Choice(() => this.chosen(render));
    this.groups = new Groups(open, render);
    this.exceptions = new Exceptions(open, ({ name, since }) => this.excuse(name, since));
    this.levers = new Levers(open);
    this.form = new ExcuseForm(() => this.day.refresh());
    this.excuses = new Excuses(() => this.excuse("", this.now() - DRILL_MS), () => this.day.refresh());
    this.day = new AgentDay((name) => this.lines(name), (name) => this.excuse(name, this.outSince(name)));
    main.append(
      el("div", "agents-grid", this.choice.node, this.groups.node),
      el("aside", "agents-side", this.exceptions.node, this.levers.node, this.excuses.node),
    );
    main.after(this.day.node, this.form.node);
  }

  chosen(render) {
    this.arranged = "";
    render();
  }

  update(stream) {
    const { floor, extra } = stream;
    if (!floor || !extra) return;
    this.stream = stream;
    const { attendance } = extra;
    const outs = new Map((attendance?.exceptions ?? []).map((exception) => [exception.name, exception]));
    const [now, known] = [stream.knownNow(), stream.state() !== "gone"];
    const told = { floor, attendance, outs, now, known, mayExcuse: this.desk.may.has("excuse") };
    this.choice.update(floor);
    // Who stands where changes with the picture; in between only clocks tick.
    const arranged = JSON.stringify([floor.at, lang(), known]);
    if (this.arranged !== arranged) {
      this.arranged = arranged;
      const shown = this.choice.pick(extra.agents, attendance, outs, now);
      this.groups.arrange(shown, this.choice.grouping, extra.agents.length > 0);
      this.groups.head(told);
      this.choice.say(shown.length, extra.agents.length);
    }
    this.groups.update(told);
    for (const part of [this.exceptions, this.levers, this.excuses, this.day]) part.update(told);
  }

  now() {
    return this.stream.knownNow();
  }

  lines(name) {
    const { agents, attendance } = this.stream.extra;
    const agent = agents.find((each) => each.name === name);
    return agent && attendance ? linesOf(agent.shift, attendance) : [];
  }

  /** Since when the agent is out; else some minutes back. */
  outSince(name) {
    const out = this.stream.extra.attendance?.exceptions.find((exception) => exception.name === name);
    return out?.since ?? this.now() - DRILL_MS;
  }

  /** Proposes from then until now. */
  excuse(agent, since) {
    this.form.open({ agent, since, until: this.now(), timezone: this.stream.floor.timezone });
  }
}

openPage({
  name: "agents",
  address: "/events/agents",
  build(shell) {
    const agents = new Agents(shell);
    return (stream) => agents.update(stream);
  },
});
