// A wall that nobody touches: `?tv=1` keeps the screen awake, moves the picture a little, dims it while all is closed and
// well, and turns from page to page: `&rotate=20` seconds each, `&pages=floor,alerts`.

import { live } from "./alerts.js";
import { PAGES, placeOf } from "./nav.js";
import { inAddress } from "./preferences.js";
import { isClosed } from "./waits.js";

const WANDER_MS = 180_000;
const TURN_S = { usual: 20, least: 2 };
const root = document.documentElement;

export class Television {
  /** `page`: the one that is open. */
  constructor(page) {
    this.isOn = inAddress("tv") === "1";
    this.page = page;
    /** Shows the next part of this page, and says whether there was one: the page puts its own here. */
    this.turn = () => false;
    if (this.isOn) root.dataset.tv = "1";
  }

  start(stream) {
    if (!this.isOn) return;
    this.stream = stream;
    wander(0);
    stayAwake();
    document.addEventListener("visibilitychange", stayAwake);
    const seconds = Number(inAddress("rotate") ?? TURN_S.usual);
    if (seconds > 0) setInterval(() => this.next(), Math.max(TURN_S.least, seconds) * 1_000);
  }

  update(floor) {
    if (this.isOn && floor) root.toggleAttribute("data-dim", isAtRest(floor));
  }

  /** The next part of this page; after the last one, the next page. Never away from a page that has no news. */
  next() {
    if (this.turn() || this.stream.state() !== "live") return;
    const pages = (inAddress("pages") ?? "").split(",").filter((page) => PAGES.includes(page) && page !== "queue");
    const next = pages[(pages.indexOf(this.page) + 1) % pages.length];
    if (!next || next === this.page) return;
    location.assign(`${placeOf(next)}${location.search}`);
  }
}

/** Some queue is outside its business hours and none is at work, and nothing wants anybody. */
function isAtRest(floor) {
  const { queues } = floor;
  return live(floor).length === 0 && queues.some(isClosed) && queues.every((queue) => isClosed(queue) || isIdle(queue));
}

/** One without hours is always open: it is at work while somebody waits, or was decided on in the last 15 minutes. */
function isIdle(queue) {
  return queue.hours === null && queue.waiting === 0 && queue.windows["15m"]?.level_n === 0;
}

/** Browsers keep a screen awake for pages that came over https, or from this machine; see docs/wallboard.md. */
async function stayAwake() {
  if (document.visibilityState !== "visible" || !navigator.wakeLock) return;
  try {
    await navigator.wakeLock.request("screen");
  } catch {
    // low battery, or forbidden: asked again when the page is seen again
  }
}

/** Long nights: the picture wanders by a few pixels so that nothing burns in. */
function wander(step) {
  const path = [[0, 0], [2, 0], [2, 2], [0, 2]];
  const [x, y] = path[step % path.length];
  document.body.style.translate = `${x}px ${y}px`;
  setTimeout(() => wander(step + 1), WANDER_MS);
}
