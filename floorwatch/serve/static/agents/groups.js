// The grid: a team (or a site) after the other, a cell an agent. On a floor of thousands only what is near the window
// is drawn: cells stand in blocks of known height, and a block out of sight is empty.

import { ACTIVITIES } from "../shell/activities.js";
import { el, setText, shape } from "../shell/dom.js";
import { definition, say } from "../shell/words.js";
import { Cell } from "./cell.js";

const BLOCK = 48;
const CELL_EM = 13.2;
const NEAR = "600px 0px";
const BY_NAME = new Intl.Collator(undefined, { numeric: true });
const COUNTED = [...ACTIVITIES, "offline"];

export class Groups {
  /** `open(name)` shows an agent's day; `changed` is called when other cells have come near. */
  constructor(open, changed) {
    this.open = open;
    this.changed = changed;
    this.node = el("div", "groups");
    this.none = el("p", "groups-none");
    this.groups = new Map();
    this.columns = 1;
    this.near = new IntersectionObserver((entries) => this.looked(entries), { rootMargin: NEAR });
    new ResizeObserver(() => this.layOut()).observe(this.node);
    this.node.append(this.none);
  }

  /** `agents`: those shown, by name. `grouping`: "team" or "site". */
  arrange(agents, grouping, isAnybodyKnown) {
    const found = new Map();
    for (const agent of agents) {
      const key = agent[grouping];
      if (!found.has(key)) found.set(key, []);
      found.get(key).push(agent);
    }
    const names = [...found.keys()].sort((one, other) => (one === "") - (other === "") || BY_NAME.compare(one, other));
    for (const [name, group] of this.groups) {
      if (found.has(name)) continue;
      group.leave(this.near);
      this.groups.delete(name);
    }
    let before = this.none;
    for (const name of names) {
      if (!this.groups.has(name)) this.groups.set(name, new Group(this.open));
      const group = this.groups.get(name);
      group.take(found.get(name), name, grouping, this.near);
      group.reserve(this.columns);
      if (before.nextSibling !== group.node) before.after(group.node);
      before = group.node;
    }
    this.none.hidden = names.length > 0;
    setText(this.none, isAnybodyKnown ? say("agents.none_fit") : say("agents.none"));
  }

  /** What changes with the picture only. */
  head(told) {
    for (const group of this.groups.values()) group.head(told);
  }

  /** What ticks, as far as it is near the window. */
  update(told) {
    for (const group of this.groups.values()) group.update(told);
  }

  looked(entries) {
    for (const { target, isIntersecting } of entries) target.block.isNear = isIntersecting;
    this.changed();
  }

  layOut() {
    const size = parseFloat(getComputedStyle(this.node).fontSize);
    const columns = Math.max(1, Math.floor(this.node.clientWidth / (CELL_EM * size)));
    this.node.style.setProperty("--columns", columns);
    this.columns = columns;
    for (const group of this.groups.values()) group.reserve(columns);
  }
}

class Group {
  constructor(open) {
    this.open = open;
    this.title = el("h2", "group-name");
    this.counts = el("span", "group-counts");
    this.out = el("span", "group-out", shape("warning"), el("b"));
    this.adherence = el("span", "group-adherence");
    this.node = el("section", "group", el("header", "group-head", this.title, this.counts, this.out, this.adherence));
    this.blocks = [];
  }

  take(agents, name, grouping, near) {
    this.agents = agents;
    this.name = name;
    this.grouping = grouping;
    const count = Math.ceil(agents.length / BLOCK);
    while (this.blocks.length > count) this.blocks.pop().leave(near);
    while (this.blocks.length < count) {
      const block = new Block(this.open);
      this.blocks.push(block);
      this.node.append(block.node);
      near.observe(block.node);
    }
    this.blocks.forEach((block, index) => block.take(agents.slice(index * BLOCK, (index + 1) * BLOCK)));
  }

  leave(near) {
    for (const block of this.blocks) near.unobserve(block.node);
    this.node.remove();
  }

  reserve(columns) {
    for (const block of this.blocks) block.reserve(columns);
  }

  update(told) {
    for (const block of this.blocks) block.update(told);
  }

  head({ attendance, outs, known }) {
    const byTeam = this.grouping === "team";
    setText(this.title, this.name || (byTeam ? say("agents.no_team") : say("agents.no_site")));
    setText(this.counts, known ? countWords(this.agents) : say("activity.unknown"));
    const out = this.agents.filter((agent) => outs.has(agent.name)).length;
    this.out.hidden = out === 0 || !known;
    setText(this.out.lastChild, say("agents.out_count", { out }));
    const kept = attendance?.[byTeam ? "teams" : "sites"].find((each) => each.name === this.name);
    setText(this.adherence, attendance ? adherenceWords(known ? kept : undefined) : "");
    this.adherence.title = definition("adherence").text;
  }
}

/** The agents of a group by what they do, as far as anybody does it. */
function countWords(agents) {
  const counts = new Map();
  for (const { activity } of agents) counts.set(activity, (counts.get(activity) ?? 0) + 1);
  return COUNTED.filter((activity) => counts.has(activity))
    .map((activity) => say("agents.of_activity", { count: counts.get(activity), activity: say(`activity.${activity}`) }))
    .join(" · ");
}

/** The adherence of several, and over how many hours of theirs. */
export function adherenceWords(kept) {
  if (!kept || kept.adherence === null) return say("agents.adherence_none");
  return say("agents.adherence", { adherence: kept.adherence, hours: (kept.counted_ms / 3_600_000).toFixed(1) });
}

class Block {
  constructor(open) {
    this.open = open;
    this.node = el("div", "group-block");
    this.node.block = this;
    this.cells = new Map();
    this.agents = [];
    this.isNear = false;
  }

  take(agents) {
    this.agents = agents;
  }

  leave(near) {
    near.unobserve(this.node);
    this.node.remove();
  }

  /** Room for its cells, whether they are drawn or not. */
  reserve(columns) {
    this.node.style.setProperty("--rows", Math.ceil(this.agents.length / columns));
  }

  update(told) {
    if (!this.isNear) {
      if (this.cells.size) this.node.replaceChildren();
      this.cells.clear();
      return;
    }
    this.place();
    for (const agent of this.agents) {
      this.cells.get(agent.name).update(agent, { ...told, exception: told.outs.get(agent.name) });
    }
  }

  /** The cells of these agents in their order; what had the focus keeps it. */
  place() {
    const names = new Set(this.agents.map((agent) => agent.name));
    for (const [name, cell] of this.cells) {
      if (names.has(name)) continue;
      cell.node.remove();
      this.cells.delete(name);
    }
    this.agents.forEach(({ name }, index) => {
      if (!this.cells.has(name)) this.cells.set(name, new Cell(name, this.open));
      const { node } = this.cells.get(name);
      if (this.node.children[index] !== node) this.node.insertBefore(node, this.node.children[index] ?? null);
    });
  }
}
