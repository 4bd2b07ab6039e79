// The live stream: keeps the latest picture, the floor's clock, and how old the news is.
//
// Only the browser's monotonic clock counts: whoever sets the time of the machine makes nothing older or newer. A picture
// is as old as it arrives late: what a machine that slept, or a slow line, hands over afterwards is old, though it came
// just now.

const STALE_MS = 5_000;
const GONE_MS = 30_000;
/** News that lags behind by so much is old: a new connection begins with what is so now. */
const LAG_MS_MAX = 3_000;
/** A connection that says nothing for so long is tried anew: a half-open one breaks by itself only after minutes. */
const SILENT_MS_MAX = 12_000;
const RETRY_MS = { first: 500, most: 30_000 };
const WATCH_MS = 1_000;
/** A watch that comes so much later than it should was not let run: the machine, or the page, slept. */
const NAP_MS = 5_000;
/** Two pictures are due in this time. */
const NEWS_DUE_MS = 1_200;

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
    this.nap = null;
    this.picture = 0;
    this.wholeAt = 0;
    this.touched = new Map();
    this.connect();
    // A page kept for the back button would keep its connection too, and a browser has only six for a server.
    addEventListener("pagehide", () => this.source.close());
    addEventListener("pageshow", (event) => event.persisted && this.connect());
    addEventListener("online", () => this.resume());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.resume());
    this.watchedAt = { real: performance.now(), wall: Date.now() };
    setInterval(() => this.watch(), WATCH_MS);
  }

  connect() {
    clearTimeout(this.retrying);
    this.retrying = null;
    this.source?.close();
    this.openedAt = performance.now();
    this.isFirst = true;
    this.agedBy = 0;
    this.source = new EventSource(this.address);
    this.source.addEventListener("age", (event) => {
      this.agedBy = Number(event.data);
    });
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
    this.source.addEventListener("error", () => this.retry());
  }

  /** The browser would try again every two seconds all night, each of 500 at once: we do it ever more slowly, apart. */
  retry() {
    this.source.close();
    const most = Math.min(RETRY_MS.first * 2 ** this.failures, RETRY_MS.most);
    this.failures += 1;
    clearTimeout(this.retrying);
    this.retrying = setTimeout(() => this.connect(), most * (0.5 + Math.random() / 2));
  }

  /** There may be a way again: tries at once instead of waiting on. */
  resume() {
    if (this.retrying === null && this.state() === "live") return;
    this.failures = 0;
    this.connect();
    this.changed();
  }

  /** Looks whether the line still speaks, and whether this machine slept. */
  watch() {
    const [real, wall] = [performance.now(), Date.now()];
    const late = real - this.watchedAt.real - WATCH_MS;
    // Some clocks stand still while a machine sleeps. Then, too, the wall clock runs ahead; or somebody has set it, and
    // the next picture comes as it should.
    const unseen = wall - this.watchedAt.wall - (real - this.watchedAt.real);
    this.watchedAt = { real, wall };
    if (unseen > NAP_MS) this.nap = { at: real, ms: unseen };
    const waited = Math.min(real - this.heardAt, real - this.openedAt);
    // A page in the background is woken once a minute only, and hears the news all the same.
    const hasSlept = unseen > NAP_MS || (late > NAP_MS && waited > STALE_MS);
    if (this.retrying === null && (waited > SILENT_MS_MAX || hasSlept)) this.connect();
  }

  take(floor) {
    // What a server shows again to who connects again is no news.
    const isNews = this.floor === null || this.floor.at !== floor.at;
    this.floor = floor;
    this.starting = false;
    this.picture += 1;
    this.wholeAt = this.picture;
    this.touched.clear();
    if (isNews) this.heard();
    this.failures = 0;
    this.changed();
  }

  patch(changes) {
    if (this.floor === null) return;
    applyChanges(this.floor, changes);
    this.picture += 1;
    for (const [path] of changes) {
      if (path[0] !== "queues") continue;
      if (path.length === 1) this.wholeAt = this.picture;
      else this.touched.set(path[1], this.picture);
    }
    this.heard();
    this.changed();
  }

  /** The number of the picture in which the queue at `index` changed last. */
  changedAt(index) {
    return Math.max(this.wholeAt, this.touched.get(index) ?? 0);
  }

  /**
   * The picture that travelled fastest tells the floor's clock best. The first of a connection is believed whatever it
   * says; a later one that lags is as old as it lags, and when it is much, the connection is made anew.
   */
  heard() {
    const now = performance.now();
    const { at, speed } = this.floor;
    const offset = at - speed * now;
    if (this.isFirst || this.speed !== speed || offset > this.offset) this.offset = offset;
    this.isFirst = false;
    this.speed = speed;
    const lag = (this.offset - offset) / speed;
    this.heardAt = now - lag - this.agedBy;
    this.agedBy = 0;
    this.nap = null;
    if (lag > LAG_MS_MAX) this.connect();
  }

  /** Real milliseconds since the last picture was true. */
  age() {
    const now = performance.now();
    const slept = this.nap && now - this.nap.at > NEWS_DUE_MS ? this.nap.ms : 0;
    return now - this.heardAt + slept;
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
