// One of the pictures that make up the chart of the day: a scale of its own, the time of all.

import { el, svg } from "../shell/dom.js";

const PAD = 5;

export class Panel {
  /** `draw(panel)` returns what is drawn over the ground: lines of the scale, hatches, now. */
  constructor(name, draw) {
    this.name = name;
    this.drawContent = draw;
    this.picture = svg("svg", { class: "panel-picture", "aria-hidden": "true" });
    this.legend = el("div", "panel-legend");
    this.scale = el("div", "panel-scale");
    this.plot = el("div", "panel-plot", this.picture);
    this.node = el("div", `panel panel-${name}`, this.legend, this.scale, this.plot);
  }

  /** `marks`: [value, text] written beside the scale from `low` to `high`. */
  draw(view, { low, high, marks }) {
    this.view = view;
    this.span = view.span;
    this.height = Math.max(1, Math.round(this.plot.clientHeight));
    this.low = low;
    this.high = high;
    this.picture.setAttribute("viewBox", `0 0 ${this.span.width} ${this.height}`);
    this.picture.replaceChildren(this.hatch(), ...this.ground(marks), ...this.drawContent(this), ...this.now());
    this.scale.replaceChildren(
      ...marks.map(([value, text]) => {
        const label = el("span", "panel-mark", text);
        label.style.top = `${this.y(value)}px`;
        return label;
      }),
    );
  }

  x(at) {
    return this.span.x(at);
  }

  y(value) {
    const share = (Math.max(this.low, Math.min(this.high, value)) - this.low) / (this.high - this.low);
    return Math.round((PAD + (1 - share) * (this.height - 2 * PAD)) * 10) / 10;
  }

  /** Stripes for what is not known. */
  hatch() {
    const pattern = svg("pattern", {
      id: `hatch-${this.name}`, width: 9, height: 9, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)",
    });
    pattern.append(svg("rect", { width: 9, height: 9, class: "hatch-ground" }));
    pattern.append(svg("line", { x1: 2, x2: 2, y1: 0, y2: 9, class: "hatch-line" }));
    return pattern;
  }

  ground(marks) {
    const { width } = this.span;
    const hours = this.span.ticks().map((at) => svg("line", { x1: this.x(at), x2: this.x(at), y1: 0, y2: this.height, class: "grid-hour" }));
    const levels = marks.map(([value]) => svg("line", { x1: 0, x2: width, y1: this.y(value), y2: this.y(value), class: "grid-level" }));
    const gaps = this.view.rows
      .filter((row) => row.incomplete || row.state === "lost")
      .map((row) => this.block(row.start, Math.min(row.end, this.view.now), { fill: `url(#hatch-${this.name})`, class: "gap" }));
    return [...gaps, ...levels, ...hours];
  }

  now() {
    const x = this.x(this.view.now);
    return [svg("line", { x1: x, x2: x, y1: 0, y2: this.height, class: "now-line" })];
  }

  /** A rectangle over the whole height, between two instants. */
  block(since, until, attributes) {
    const x = this.x(since);
    return svg("rect", { x, y: 0, width: Math.max(0.5, this.x(until) - x), height: this.height, ...attributes });
  }

  /** A line that holds each row's value from its start to its end, broken where there is none. */
  steps(rows, valueOf, className) {
    const runs = [];
    let last = null;
    for (const row of rows) {
      const value = valueOf(row);
      if (value === null || value === undefined) {
        last = null;
        continue;
      }
      const [from, to, y] = [this.x(row.start), this.x(row.end), this.y(value)];
      if (last?.end === row.start) last.points.push([from, y], [to, y]);
      else runs.push((last = { points: [[from, y], [to, y]] }));
      last.end = row.end;
    }
    return runs.map(({ points }) => svg("polyline", { points: points.map((point) => point.join(",")).join(" "), class: className }));
  }
}
