// Who could come to each queue at risk: agents it could have back, not counted as its capacity.

import { button, el, setText } from "../shell/dom.js";
import { lang, say, timeOfDay, written } from "../shell/words.js";
import { amount } from "./exceptions.js";

export class Levers {
  constructor(open) {
    this.open = open;
    this.title = el("h2", "side-title");
    this.list = el("div");
    this.node = el("section", "side levers", this.title, this.list);
  }

  update({ floor, attendance, now, known }) {
    const risks = known && attendance ? attendance.risks : [];
    this.node.hidden = risks.length === 0;
    setText(this.title, say("levers.title"));
    const key = JSON.stringify([lang(), floor.timezone, risks]);
    if (key !== this.key) {
      this.key = key;
      this.ticking = [];
      this.list.replaceChildren(...risks.flatMap((risk) => this.queue(risk, floor)));
    }
    for (const [node, since] of this.ticking) setText(node, written("clock", now - since));
  }

  queue({ name, lost, levers }, floor) {
    const rows = levers.map((lever) => this.lever(lever, floor));
    return [
      el("h3", "lever-queue", lost ? say("levers.queue", { queue: name, lost: amount(lost) }) : name),
      rows.length ? el("ul", "side-list", ...rows) : el("p", "side-quiet", say("levers.none")),
    ];
  }

  lever({ name, way, since, back_at: backAt }, floor) {
    const time = el("span", "exception-time");
    if (since) this.ticking.push([time, since]);
    const open = button("exception-name", () => this.open(name));
    open.textContent = name;
    const back = backAt ? say("levers.back", { time: timeOfDay(backAt, floor.timezone) }) : "";
    return el("li", "lever", open, el("span", "lever-way", say(`lever.${way}`)), el("span", "lever-back", back), time);
  }
}
