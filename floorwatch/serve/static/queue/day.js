// The day of the queue: the chart, the numbers of the interval that is pointed at, and the table of all.

import { button, el, setText } from "../shell/dom.js";
import { lang, say, timeOfDay } from "../shell/words.js";
import { Chart } from "./chart.js";
import { Readout } from "./readout.js";
import { partOf } from "./span.js";
import { Table } from "./table.js";

export class Day {
  constructor() {
    const choose = (start) => {
      this.chosen = start;
      this.again?.();
    };
    this.isWhole = false;
    this.chosen = null;
    this.title = el("h2", "part-title");
    this.forecast = el("span", "day-forecast");
    this.part = button("part-control", () => {
      this.isWhole = !this.isWhole;
      this.again?.();
    });
    this.readout = new Readout();
    this.chart = new Chart(choose);
    this.table = new Table(choose);
    this.provisional = el("p", "intervals-note");
    const head = el("header", "part-head", this.title, this.forecast, this.part);
    this.chartNode = el("section", "queue-day part", head, this.chart.node, this.readout.node);
    this.tableNode = el("section", "queue-table part", this.table.node, this.provisional);
  }

  /** `shown`: false when the picture is too old to show: what runs is then not known. */
  update(queue, floor, day, now, shown) {
    this.again = () => this.update(queue, floor, day, now, shown);
    const key = [day.at, floor.at, shown, lang(), this.isWhole, this.chosen].join();
    if (key === this.drawn) return; // between two pictures nothing here ticks
    this.drawn = key;
    setText(this.title, say("queue.today"));
    setText(this.forecast, forecastWords(day, floor));
    setText(this.part, say(this.isWhole ? "queue.busy_part" : "queue.whole_day"));
    this.chartNode.classList.toggle("part-empty", day.day_start === null);
    if (day.day_start === null) return;
    const isKnown = shown && queue.unknown_since === null;
    const part = partOf(day, now, this.isWhole);
    const rows = day.intervals
      .filter((row) => row.end > part[0] && row.start < part[1])
      .map((row) => asNow(row, queue, isKnown));
    const chosen = rows.find((row) => row.start === this.chosen);
    const told = chosen ?? rows.find((row) => row.state === "open");
    this.chart.update({ day, rows, queue, floor, now, isKnown }, part, told, chosen !== undefined);
    this.readout.update(told, floor);
    this.table.update(rows, floor, this.chosen);
    setText(this.provisional, rows.some((row) => row.provisional && row.level_by_arrival !== null) ? say("mark.provisional") : "");
  }
}

const FORECAST = ["forecast", "expected", "required", "scheduled", "on_schedule"];
const KEPT = new Set(["start", "end", "state", "incomplete", "backfilled", "corrected", "provisional", ...FORECAST]);

/** The running interval: what it needs by the outlook where nothing is forecast; nothing of it where it is not known. */
function asNow(row, queue, isKnown) {
  if (row.state !== "open") return row;
  if (!isKnown) {
    const unknown = Object.entries(row).map(([key, value]) => [key, KEPT.has(key) ? value : null]);
    return { ...Object.fromEntries(unknown), incomplete: true };
  }
  return { ...row, required: row.required ?? queue.outlook?.required ?? null };
}

function forecastWords({ forecast }, floor) {
  if (forecast.at !== null) return say("forecast.made", { time: timeOfDay(forecast.at, floor.timezone) });
  return say(`forecast.${forecast.why}`);
}
