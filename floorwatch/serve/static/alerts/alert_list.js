// The list of alerts: all that fire, are about to, or were over in the last hours; what can be done about each, by who
// may; and the silences.

import { live } from "../shell/alerts.js";
import { button, el, setText } from "../shell/dom.js";
import { dayAndTime, lang, listed, say, timeOfDay } from "../shell/words.js";
import { Item } from "./item.js";

const GROUPS = ["live", "muted", "pending", "over"];
const OVER_MAX = 100;

export class AlertList {
  /** `desk` does what a person decides; `past` knows what is over, and the stories; `openCard` defines a figure. */
  constructor({ desk, past, openCard }) {
    this.desk = desk;
    this.past = past;
    this.openCard = openCard;
    this.items = new Map();
    this.state = el("p", "alerts-state");
    this.none = el("p", "alerts-none");
    this.older = el("p", "alerts-none");
    this.groups = new Map(GROUPS.map((name) => [name, group(name)]));
    this.groups.get("over").node.append(this.older);
    this.silences = group("silences");
    this.node = el(
      "div", "alerts-list", this.state, this.none,
      ...[...this.groups.values()].map(({ node }) => node), this.silences.node,
    );
  }

  /** `all`: every alert there is; `chosen`: those of them that are looked at. */
  update(all, chosen, stream) {
    const { floor } = stream;
    const fire = live({ ...floor, alerts: chosen });
    const over = chosen
      .filter((alert) => alert.state === "resolved")
      .sort((one, other) => other.resolved_at - one.resolved_at);
    const shown = {
      live: fire.filter((alert) => alert.muted === null),
      muted: fire.filter((alert) => alert.muted !== null),
      pending: chosen.filter((alert) => alert.state === "pending"),
      over: over.slice(0, OVER_MAX),
    };
    this.drop(all);
    this.say(all, chosen, stream);
    setText(this.older, over.length > OVER_MAX ? say("alerts.older", { count: over.length - OVER_MAX }) : "");
    for (const [name, { node, head, list }] of this.groups) {
      const count = name === "over" ? over.length : shown[name].length;
      node.hidden = !count;
      setText(head, `${say(`alerts.${name}`, { for_ms: this.past.back_ms() })} (${count})`);
      place(list, shown[name].map((alert) => this.item(alert, stream).node));
    }
    this.updateSilences(stream);
  }

  /** What is to be said of the list as a whole. */
  say(all, chosen, stream) {
    const { floor } = stream;
    const time = timeOfDay(floor.at, floor.timezone, true);
    setText(this.state, stream.state() === "live" ? "" : say("alerts.last_known", { time }));
    const for_ms = this.past.back_ms();
    const why = all.length ? say("alerts.none_chosen") : this.past.isKnown ? say("alerts.none_within", { for_ms }) : "";
    setText(this.none, chosen.length ? "" : why);
  }

  /** The row of an alert, where it is shown. */
  row(id) {
    const item = this.items.get(id);
    return item?.node.isConnected ? item : null;
  }

  drop(all) {
    const there = new Set(all.map((alert) => alert.id));
    for (const id of this.items.keys()) if (!there.has(id)) this.items.delete(id);
  }

  item(alert, stream) {
    if (!this.items.has(alert.id)) this.items.set(alert.id, new Item(this.desk, this.openCard));
    const item = this.items.get(alert.id);
    item.update(alert, this.past.beside(alert), stream);
    return item;
  }

  updateSilences(stream) {
    const { node, head, list } = this.silences;
    node.hidden = !this.desk.may.has("acknowledge");
    setText(head, say("alerts.silences"));
    const key = JSON.stringify([this.desk.silences, lang(), this.desk.may.has("silence")]);
    if (key === this.silencesShown) return;
    this.silencesShown = key;
    const rows = this.desk.silences.map((silence) => this.silence(silence, stream));
    list.replaceChildren(...(rows.length ? rows : [el("li", "alerts-none", say("alerts.no_silences"))]));
  }

  silence(silence, stream) {
    const { timezone } = stream.floor;
    const what = [listed(silence.rules), listed(silence.subjects)].filter(Boolean).join(" · ");
    const from = say("alerts.silence_from", { since: dayAndTime(silence.since, timezone) });
    const since = silence.since > stream.now() ? ` (${from})` : "";
    const until = dayAndTime(silence.until, timezone);
    const text = say("alerts.silence", { what, until, who: silence.who, why: silence.why });
    const row = el("li", "silence", el("span", "", text + since));
    if (!this.desk.may.has("silence")) return row;
    const end = button("action", () => this.desk.endSilence(silence.id));
    setText(end, say("act.end_silence"));
    row.append(end);
    return row;
  }
}

function group(name) {
  const head = el("h2", "alerts-part");
  const list = el("ul", "alerts-rows");
  return { head, list, node: el("section", `alerts-group alerts-group-${name}`, head, list) };
}

/** Puts the rows in order, moving only those out of place, so that what has the focus keeps it. */
function place(list, nodes) {
  for (const node of [...list.children]) if (!nodes.includes(node)) node.remove();
  nodes.forEach((node, index) => {
    if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null);
  });
}
