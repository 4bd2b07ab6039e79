// One trend language: service level over the last 60 minutes, 40 to 100 %, the target dashed.

import { el, svg } from "../shell/dom.js";

const SPAN_MS = 3_600_000;
const LOW = 0.4;
const PAD = 4;
const HATCH_PX = 9;
const GAP_PX_MIN = 6; // a gap of seconds is still seen

export class Trend {
  constructor() {
    this.picture = svg("svg", { class: "trend-picture", "aria-hidden": "true" });
    this.node = el("span", "trend", this.picture);
    this.drawn = "";
    this.size = { width: 0, height: 0 };
    new ResizeObserver(([entry]) => {
      this.size = { width: Math.round(entry.contentRect.width), height: Math.round(entry.contentRect.height) };
      this.draw();
    }).observe(this.node);
  }

  update(queue, floor) {
    this.queue = queue;
    this.alerts = floor.alerts.filter((alert) => alert.labels.queue === queue.name && alert.fired_at !== null);
    this.floor = floor;
    this.draw();
  }

  draw() {
    const { width, height } = this.size;
    if (!this.queue || width < 20 || height < 12) return;
    const { trend, gaps, target, unknown_since } = this.queue;
    const fired = this.alerts.map((alert) => [alert.fired_at, alert.resolved_at]);
    const key = JSON.stringify([width, height, gaps, target, unknown_since, this.minute(), fired]);
    if (key === this.drawn && trend === this.drawnTrend) return; // a trend that changed is another list
    this.drawn = key;
    this.drawnTrend = trend;
    this.picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.picture.replaceChildren(
      ...this.spans(height),
      ...this.grid(width, height),
      ...this.unknown(height),
      ...this.line(),
    );
  }

  minute() {
    return Math.floor(this.floor.at / 60_000);
  }

  x(at) {
    const end = this.minute() * 60_000;
    return Math.round((1 - (end - at) / SPAN_MS) * (this.size.width - 2 * PAD) * 10) / 10 + PAD;
  }

  y(level) {
    const share = (Math.max(LOW, Math.min(1, level)) - LOW) / (1 - LOW);
    return Math.round((PAD + (1 - share) * (this.size.height - 2 * PAD)) * 10) / 10;
  }

  /** When an alert of this queue fired, as a band behind the line. */
  spans(height) {
    const spans = this.alerts.map((alert) => {
      const from = Math.max(0, this.x(alert.fired_at));
      const to = Math.min(this.size.width, alert.resolved_at === null ? this.size.width : this.x(alert.resolved_at));
      return svg("rect", { x: from, y: 0, width: Math.max(0, to - from), height });
    });
    const band = svg("g", { class: "trend-alert" }); // one band: overlapping alerts are not more alarm
    band.append(...spans);
    return [band];
  }

  grid(width, height) {
    const target = this.y(this.queue.target);
    return [
      svg("line", { x1: 0, x2: width, y1: height - 0.5, y2: height - 0.5, class: "trend-floor" }),
      svg("line", { x1: 0, x2: width, y1: target, y2: target, class: "trend-target" }),
    ];
  }

  /** Times of which nothing is known, hatched: gaps of the feeds, and from when one is lost. */
  unknown(height) {
    const { gaps, unknown_since } = this.queue;
    const { width } = this.size;
    const times = gaps.map(([since, until]) => [this.x(since), this.x(until)]);
    if (unknown_since !== null) times.push([this.x(unknown_since), width]);
    return times.flatMap(([since, until]) => {
      const from = Math.max(0, Math.min(since, width - GAP_PX_MIN));
      const to = Math.min(width, Math.max(until, from + GAP_PX_MIN));
      return to > from ? this.hatched(from, to, height) : [];
    });
  }

  hatched(from, to, height) {
    const stripes = [];
    for (let x = from - height; x < to; x += Math.max(HATCH_PX, height / 8)) {
      const [enter, leave] = [Math.max(from, x), Math.min(to, x + height)];
      if (leave <= enter) continue;
      const ends = { x1: enter, y1: height - (enter - x), x2: leave, y2: height - (leave - x) };
      stripes.push(svg("line", { ...ends, class: "trend-hatch" }));
    }
    return [svg("rect", { x: from, y: 0, width: to - from, height, class: "trend-unknown" }), ...stripes];
  }

  /** Runs of decided minutes, broken where nothing was decided; a small sample is drawn faint. */
  line() {
    const start = this.minute() * 60_000 - SPAN_MS;
    const parts = [];
    let run = [];
    let faint = false;
    const finish = () => {
      if (run.length) parts.push(this.stroke(run, faint));
      run = [];
    };
    for (const [at, level, n] of this.queue.trend) {
      const small = n < this.floor.min_sample;
      if (level === null || at < start) {
        finish();
        continue;
      }
      if (run.length && small !== faint) {
        const last = run.at(-1);
        finish();
        run = [last];
      }
      faint = small;
      run.push([this.x(at), this.y(level)]);
      if (level < LOW) parts.push(this.below(this.x(at)));
    }
    finish();
    return parts;
  }

  stroke(run, faint) {
    const kind = faint ? "trend-line trend-small" : "trend-line";
    if (run.length === 1) return svg("circle", { cx: run[0][0], cy: run[0][1], r: 1.6, class: `${kind} trend-dot` });
    return svg("polyline", { points: run.map((point) => point.join(",")).join(" "), class: kind });
  }

  /** Off the scale, and said so: a small arrow on the floor of the chart. */
  below(x) {
    const y = this.size.height - 1;
    return svg("path", { d: `M${x - 3.5} ${y - 6} h7 l-3.5 6 z`, class: "trend-below" });
  }
}
