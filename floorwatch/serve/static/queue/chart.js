// The day as one chart: three pictures over the same hours. The crosshair goes where it is pointed at, or by key.

import { el, figureButton, setText } from "../shell/dom.js";
import { definition, lang, say, timeOfDay, written } from "../shell/words.js";
import { Panel } from "./panel.js";
import { drawAgents, drawContacts, drawLevel, outlined } from "./panels.js";
import { inOneLine } from "./readout.js";
import { LABEL_PX, roundTop, Span } from "./span.js";

// mark, words, and the figure they open
const LEGENDS = {
  level: [
    ["level", "chart.level", "service_level"],
    ["arrival", "chart.by_arrival", "service_level_by_arrival"],
    ["target", "chart.target", "target"],
    ["alert", "chart.alert", "alert_firing"],
    ["gap", "chart.incomplete", null],
  ],
  contacts: [
    ["offered", "chart.offered", "offered"],
    ["answered", "chart.answered", "answered"],
    ["abandoned", "chart.abandoned", "abandoned"],
    ["forecast", "chart.forecast", "forecast"],
  ],
  agents: [
    ["here", "chart.here", "present"],
    ["needed", "chart.needed", "required_agents"],
    ["short", "chart.short", null],
    ["scheduled", "chart.scheduled", "work_time"],
  ],
};
const TITLES = { level: "", contacts: "chart.contacts", agents: "chart.agents" };

export class Chart {
  /** `chosen` is called with the start of the interval that is pointed at. */
  constructor(chosen) {
    this.chosen = chosen;
    this.panels = {
      level: new Panel("level", drawLevel),
      contacts: new Panel("contacts", drawContacts),
      agents: new Panel("agents", drawAgents),
    };
    this.axis = el("div", "chart-axis");
    this.cross = el("div", "chart-cross");
    this.hit = el("div", "chart-hit", this.cross);
    this.hit.tabIndex = 0;
    this.hit.dataset.stop = ""; // the arrows of the page lead here, and here they are the chart's
    this.hit.setAttribute("role", "slider");
    this.node = el("div", "chart", ...Object.values(this.panels).map((panel) => panel.node), this.axis, this.hit);
    this.listen();
    new ResizeObserver(() => this.draw()).observe(this.node);
  }

  listen() {
    const point = (event) => this.pointAt(event.clientX - this.hit.getBoundingClientRect().left);
    this.hit.addEventListener("pointermove", point);
    this.hit.addEventListener("pointerdown", point);
    this.hit.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && this.chosen(null));
    this.hit.addEventListener("keydown", (event) => this.key(event));
  }

  pointAt(x) {
    if (!this.span) return;
    const at = this.span.at(x);
    const row = this.view.rows.find((each) => each.start <= at && at < each.end);
    if (row) this.chosen(row.start);
  }

  key(event) {
    const rows = this.view?.rows ?? [];
    if (!rows.length) return;
    const place = rows.findIndex((row) => row.start === this.shown?.start);
    const last = rows.length - 1;
    const next = {
      ArrowLeft: Math.max(0, place - 1),
      ArrowDown: Math.max(0, place - 1),
      ArrowRight: Math.min(last, place + 1),
      ArrowUp: Math.min(last, place + 1),
      Home: 0,
      End: last,
    }[event.key];
    if (event.key === "Escape") this.chosen(null);
    else if (next === undefined) return;
    else this.chosen(rows[next].start);
    event.preventDefault();
    event.stopPropagation(); // the arrows of the page go elsewhere
  }

  /**
   * `view`: the day, its rows that are drawn, queue, floor, now; `part`: from when to when; `shown`: the row whose
   * numbers are shown, `isChosen` where somebody chose it.
   */
  update(view, part, shown, isChosen) {
    this.view = view;
    this.part = part;
    this.shown = shown;
    this.isChosen = isChosen;
    this.words();
    const minute = Math.floor(view.now / 60_000);
    const key = JSON.stringify([view.rows, view.day.alerts, view.queue.projection, view.isKnown, part, lang(), minute]);
    if (key !== this.drawn) {
      this.drawn = key;
      this.draw();
    }
    this.point();
  }

  words() {
    const key = `${lang()} ${this.view.floor.interval_ms}`;
    if (key === this.worded) return;
    this.worded = key;
    for (const [name, panel] of Object.entries(this.panels)) {
      const title = TITLES[name] ? say(TITLES[name], this.view.floor) : "";
      panel.legend.replaceChildren(...(title ? [el("span", "panel-title", title)] : []), ...LEGENDS[name].map(legend));
    }
    this.hit.setAttribute("aria-label", say("queue.chart"));
  }

  draw() {
    const plot = this.panels.level.plot;
    if (!this.view || plot.clientWidth < 40) return;
    const { view } = this;
    this.span = view.span = new Span(this.part, plot.clientWidth);
    this.panels.level.draw(view, { low: 0.4, high: 1, marks: [0.4, 0.6, 0.8, 1].map((value) => [value, written("percent", value)]) });
    const contacts = roundTop(Math.max(0, ...view.rows.flatMap((row) => [row.offered, row.answered + row.abandoned, outlined(row)])));
    this.panels.contacts.draw(view, { low: 0, high: contacts, marks: halves(contacts) });
    const agents = roundTop(Math.max(0, ...view.rows.flatMap((row) => [row.present, row.required, row.on_schedule])));
    this.panels.agents.draw(view, { low: 0, high: agents, marks: halves(agents) });
    this.axis.replaceChildren(...this.hours(), this.nowLabel());
    this.point();
  }

  hours() {
    const now = this.span.x(this.view.now);
    return this.span
      .ticks()
      .filter((at) => Math.abs(this.span.x(at) - now) > LABEL_PX)
      .map((at) => placed("axis-hour", timeOfDay(at, this.view.floor.timezone), this.span.x(at)));
  }

  nowLabel() {
    return placed("axis-now", timeOfDay(this.view.now, this.view.floor.timezone), this.span.x(this.view.now));
  }

  /** The crosshair, and what whoever hears the page is told of it. */
  point() {
    const { shown, view } = this;
    this.cross.hidden = !shown || !this.isChosen || !this.span;
    const rows = view?.rows ?? [];
    this.hit.setAttribute("aria-valuemin", "0");
    this.hit.setAttribute("aria-valuemax", String(Math.max(0, rows.length - 1)));
    this.hit.setAttribute("aria-valuenow", String(Math.max(0, rows.findIndex((row) => row.start === shown?.start))));
    const words = shown ? inOneLine(shown, view) : "–";
    if (this.hit.getAttribute("aria-valuetext") !== words) this.hit.setAttribute("aria-valuetext", words);
    if (this.cross.hidden) return;
    const [from, to] = [this.span.x(shown.start), this.span.x(shown.end)];
    this.cross.style.left = `${from}px`;
    this.cross.style.width = `${Math.max(2, to - from)}px`;
  }
}

const halves = (top) => [[0, "0"], [top / 2, String(top / 2)], [top, String(top)]];

function placed(className, text, x) {
  const label = el("span", className, text);
  label.style.left = `${x}px`;
  return label;
}

function legend([mark, key, figure]) {
  const node = figure ? figureButton(figure, "legend") : el("span", "legend");
  if (figure) node.title = definition(figure).name;
  const words = el("span", "");
  setText(words, say(key));
  node.append(el("i", `legend-mark legend-${mark}`), words);
  return node;
}
