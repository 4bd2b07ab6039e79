// Who is on call now, for leads: each rota with who, until when, who comes then; and where nobody is.

import { el, setText, shape } from "../shell/dom.js";
import { dayAndTime, lang, listed, say, timeOfDay } from "../shell/words.js";

const DAY_MS = 86_400_000;

export class OnCallNow {
  constructor() {
    this.title = el("h2", "rota-title");
    this.link = el("a", "rota-link");
    this.link.href = "/shift";
    this.list = el("ul", "rotas");
    this.node = el("section", "rota-strip", this.title, this.list, this.link);
    this.node.hidden = true;
  }

  /** `rotas`: as leads may know them; null where this page may not. */
  update(rotas, stream) {
    this.node.hidden = !rotas?.length || stream.state() === "gone";
    if (this.node.hidden) return;
    setText(this.title, say("rota.title", { zone: stream.floor.timezone }));
    setText(this.link, say("rota.to_shifts"));
    const key = JSON.stringify([rotas, lang()]);
    if (key === this.key) return;
    this.key = key;
    this.list.replaceChildren(...rotas.map((rota) => rotaRow(rota, stream)));
  }
}

function rotaRow(rota, stream) {
  const { timezone } = stream.floor;
  const isGap = !rota.people.length;
  const time = (at) => (at - stream.now() < DAY_MS / 2 ? timeOfDay(at, timezone) : dayAndTime(at, timezone));
  const who = isGap ? say(rota.known_until === null ? "rota.unknown" : "rota.gap") : listed(rota.people);
  const then = listed(rota.next_people) || say("rota.nobody");
  const until = rota.until === null ? [] : [say("rota.until", { time: time(rota.until) }), say("rota.next", { people: then })];
  const override = rota.override ? [say("rota.override")] : [];
  const row = el(
    "li", "rota", el("span", "rota-name", rota.rota), el("b", "rota-who", ...(isGap ? [shape("warning")] : []), who),
    el("span", "rota-facts", [...override, ...until].join(" · ")),
  );
  row.dataset.gap = String(isGap);
  return row;
}
