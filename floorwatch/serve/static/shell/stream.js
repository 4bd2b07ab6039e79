// The live stream: keeps the latest picture, the floor's clock, and how old the news is.

const STALE_MS = 5_000;
const GONE_MS = 30_000;
const RETRY_MS = [500, 1_000, 2_000, 5_000, 10_000];

/** Puts each value at its path. */
function applyChanges(target, changes) {
  for (const [path, value] of changes) {
    let place = target;
    for (const step of path.slice(0, -1)) place = place[step];
    place[path.at(-1)] = value;
  }
}

export class Stream {
  /** `changed` is called after every picture and whenever the state of the connection changes. */
  constructor(address, changed) {
    this.address = address;
    this.floor = null;
    this.extra = null;
    this.starting = false;
    this.changed = changed;
    this.failures = 0;
    this.heardAt = performance.now();
    this.offset = null;
    this.connect();
    // A page kept for the back button would keep its connection too, and a browser has only six for a server.
    addEventListener("pagehide", () => this.source.close());
    addEventListener("pageshow", (event) => {
      if (event.persisted) this.connect();
    });
    setInterval(() => this.watch(), 1_000);
  }

  connect() {
    this.source?.close();
    this.openedAt = performance.now();
    this.source = new EventSource(this.address);
    this.source.addEventListener("view", (event) => this.take(JSON.parse(event.data)));
    this.source.addEventListener("delta", (event) => this.patch(JSON.parse(event.data)));
    this.source.addEventListener("extra", (event) => {
      this.extra = JSON.parse(event.data);
    });
    this.source.addEventListener("extra-delta", (event) => applyChanges(this.extra, JSON.parse(event.data)));
    this.source.addEventListener("starting", () => {
      this.starting = true;
      this.changed();
    });
    // The browser retries a broken stream by itself, but gives up for good on a refusal: then we go on, more slowly.
    this.source.addEventListener("error", () => {
      if (this.source.readyState === EventSource.CLOSED) this.retry();
    });
  }

  retry() {
    const wait = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)];
    this.failures += 1;
    clearTimeout(this.retrying);
    this.retrying = setTimeout(() => this.connect(), wait);
  }

  /** A half-open connection says nothing and breaks nothing; after a while without news a new one is tried. */
  watch() {
    const now = performance.now();
    const waited = Math.min(now - this.heardAt, now - this.openedAt);
    if (this.floor !== null && waited > 15_000 && this.source.readyState !== EventSource.CLOSED) this.connect();
  }

  take(floor) {
    this.floor = floor;
    this.starting = false;
    this.heard();
  }

  patch(changes) {
    if (this.floor === null) return;
    applyChanges(this.floor, changes);
    this.heard();
  }

  heard() {
    this.failures = 0;
    this.heardAt = performance.now();
    // The picture that travelled fastest tells the floor's clock best; a step back is believed only when it is large.
    const offset = this.floor.at - this.floor.speed * this.heardAt;
    if (this.offset === null || offset > this.offset || this.offset - offset > 1_500 * this.floor.speed) {
      this.offset = offset;
    }
    this.changed();
  }

  /** Real milliseconds since the last news. */
  age() {
    return performance.now() - this.heardAt;
  }

  /** "connecting", "starting", "live", "stale" (figures old) or "gone" (too old to show). */
  state() {
    if (this.floor === null) return this.starting ? "starting" : "connecting";
    if (this.age() > GONE_MS) return "gone";
    return this.age() > STALE_MS ? "stale" : "live";
  }

  /** The floor's time now, ticking on between pictures at the floor's own speed. */
  now() {
    return this.offset + this.floor.speed * performance.now();
  }

  /** The same for figures that tick: it stops with the news, for nobody knows whether a contact still waits. */
  knownNow() {
    return this.state() === "live" ? this.now() : this.floor.at;
  }
}
