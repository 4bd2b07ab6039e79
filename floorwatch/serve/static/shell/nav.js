// The way from page to page. A television has none: it shows one.

import { live } from "./alerts.js";
import { el, setText } from "./dom.js";
import { inAddress } from "./preferences.js";
import { say } from "./words.js";

export const PAGES = ["floor", "queue", "agents", "alerts", "feeds", "shift"];

/** The place of a page; of the queue's, of the queue `name`. */
export const placeOf = (page, name) =>
  page === "queue" ? `/queue?name=${encodeURIComponent(name)}` : page === "floor" ? "/" : `/${page}`;

/** The queue to look at first: the one looked at now, else that of the worst alert, else the first. */
function foremost(floor) {
  const alarmed = live(floor).find((alert) => alert.labels.queue !== undefined);
  return inAddress("name") ?? alarmed?.labels.queue ?? floor.queues[0]?.name;
}

export class Nav {
  /** `current`: the name of the page that is open. */
  constructor(node, current) {
    this.node = node;
    this.links = new Map(
      PAGES.map((name) => {
        const link = el("a", "nav-link");
        if (name !== "queue") link.href = placeOf(name);
        if (name === current) link.setAttribute("aria-current", "page");
        return [name, link];
      }),
    );
    node.append(...this.links.values());
  }

  update(floor) {
    this.node.setAttribute("aria-label", say("nav.label"));
    for (const [name, link] of this.links) setText(link, say(`nav.${name}`));
    const queue = floor ? foremost(floor) : undefined;
    this.links.get("queue").hidden = queue === undefined;
    const place = queue === undefined ? "" : placeOf("queue", queue);
    if (place && this.queuePlace !== place) this.links.get("queue").href = this.queuePlace = place;
  }

  /** Opens a page, as its link does. */
  open(name) {
    if (!this.links.get(name).hidden) this.links.get(name).click();
  }
}
