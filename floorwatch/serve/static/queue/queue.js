// The queue page: one queue, its day as a chart and a table, who waits now.

import { el, setText } from "../shell/dom.js";
import { placeOf } from "../shell/nav.js";
import { openPage } from "../shell/page.js";
import { inAddress } from "../shell/preferences.js";
import { say } from "../shell/words.js";
import { Day } from "./day.js";
import { Head } from "./head.js";
import { Waiting } from "./waiting.js";

const name = inAddress("name") ?? "";
const address = name ? `/events/queue/${encodeURIComponent(name)}` : "/events";

/** Whether the server knows the queue; it may be that it cannot be asked just now, which is no answer. */
async function isRefused() {
  try {
    return (await fetch(address, { method: "HEAD" })).status === 404;
  } catch {
    return false;
  }
}

class Page {
  constructor(main) {
    this.head = new Head(name);
    this.waiting = new Waiting();
    this.day = new Day();
    this.node = el("div", "queue-page", this.head.node, this.day.chartNode, this.waiting.node, this.day.tableNode);
    this.node.dataset.queue = name;
    this.missing = el("p", "queue-missing");
    this.choose = el("a", "queue-choose");
    this.choose.href = "/queue";
    this.lost = el("div", "queue-lost", this.missing, this.choose);
    this.lost.hidden = true;
    main.append(this.node, this.lost);
    if (name) isRefused().then((refused) => (this.isRefused = refused));
  }

  update(stream) {
    const { floor, extra } = stream;
    const queue = floor?.queues.find((candidate) => candidate.name === name);
    const isMissing = Boolean(this.isRefused) || (floor !== null && queue === undefined);
    this.node.hidden = isMissing || !queue || extra === null;
    this.lost.hidden = !isMissing;
    if (isMissing) {
      setText(this.missing, say("queue.none", { name }));
      setText(this.choose, say("queue.choose"));
    }
    if (this.node.hidden) return;
    const shown = stream.state() !== "gone";
    const now = stream.knownNow();
    this.head.update(queue, floor, now, shown);
    this.waiting.update(queue, extra, now, shown);
    this.day.update(queue, floor, extra, now, shown);
  }
}

openPage({
  name: "queue",
  address,
  build({ main }) {
    if (name) {
      const page = new Page(main);
      return (stream) => page.update(stream);
    }
    let isLeaving = false;
    return ({ floor }) => {
      if (!floor?.queues.length || isLeaving) return;
      isLeaving = true;
      location.replace(placeOf("queue", floor.queues[0].name));
    };
  },
});
