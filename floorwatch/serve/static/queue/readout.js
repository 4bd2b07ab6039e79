// The numbers of one interval: beside the chart, in a row of the table, and in one line for who hears the page.

import { el, setText } from "../shell/dom.js";
import { listed, say, timeOfDay, written } from "../shell/words.js";

/** An average or a forecast: one decimal. */
const decimal = (value) => (value === null ? "–" : String(Number(value.toFixed(1))));
const count = (value) => written("count", value);
const ofN = (value, n) => ({ value, n });

// The words of a figure of an interval, the figure it is, and its value; `n` where it is a ratio or a mean.
export const COLUMNS = [
  { key: "interval.offered", figure: "offered", of: (row) => ofN(count(row.offered)) },
  { key: "interval.answered", figure: "answered", of: (row) => ofN(count(row.answered)) },
  { key: "interval.abandoned", figure: "abandoned", of: abandoned },
  { key: "interval.exited", figure: "exited", of: (row) => ofN(count(row.exited)) },
  { key: "interval.level", figure: "service_level", of: (row) => ofN(written("percent1", row.level), row.level_n) },
  { key: "interval.arrival", figure: "service_level_by_arrival", of: byArrival },
  { key: "interval.asa", figure: "asa", of: (row) => ofN(written("clock", row.asa_ms), row.asa_n) },
  { key: "interval.aht", figure: "aht", of: (row) => ofN(written("clock", row.aht_ms), row.handled) },
  { key: "interval.longest", figure: "wait_max", of: (row) => ofN(written("clock", row.wait_ms_max)) },
  { key: "interval.occupancy", figure: "occupancy", of: (row) => ofN(written("percent", row.occupancy)) },
  { key: "interval.here", figure: "present", of: (row) => ofN(decimal(row.present)) },
  { key: "interval.needed", figure: "required_agents", of: (row) => ofN(count(row.required)) },
  { key: "interval.scheduled", figure: "work_time", of: (row) => ofN(decimal(row.on_schedule)) },
  { key: "interval.forecast", figure: "forecast", of: forecast },
];

function abandoned(row) {
  if (row.abandoned === null) return ofN("–");
  return ofN(row.abandoned_short ? `${count(row.abandoned)} (${count(row.abandoned_short)})` : count(row.abandoned));
}

function byArrival(row) {
  const mark = row.level_by_arrival !== null && row.provisional ? " …" : "";
  return ofN(written("percent1", row.level_by_arrival) + mark, row.level_by_arrival_n);
}

/** What was forecast and, of an interval to come, what that comes to after the day so far. */
function forecast(row) {
  const differs = row.state === "later" && decimal(row.expected) !== decimal(row.forecast);
  return ofN(differs ? `${decimal(row.expected)} (${decimal(row.forecast)})` : decimal(row.forecast));
}

export const sampleWords = (n) => (n === undefined || n === null ? "" : say("tile.sample", { n }));

export function timesOf(row, timezone) {
  return `${timeOfDay(row.start, timezone)}–${timeOfDay(row.end, timezone)}`;
}

/** What is to be known of an interval besides its numbers. */
export function marksOf(row) {
  const marks = [];
  if (row.state === "open" || row.state === "later") marks.push(say(`mark.${row.state}`));
  if (row.state === "lost") marks.push(say("mark.lost"));
  else if (row.incomplete) marks.push(say("mark.incomplete"));
  if (row.backfilled) marks.push(say("mark.backfilled"));
  if (row.corrected) marks.push(say("mark.corrected", { n: row.corrected }));
  return marks;
}

export function inOneLine(row, { floor }) {
  const figures = COLUMNS.map(({ key, of }) => [key, of(row)]).filter(([, { value }]) => value !== "–");
  const parts = figures.map(([key, { value, n }]) => [say(key), value, sampleWords(n)].filter(Boolean).join(" "));
  return listed([timesOf(row, floor.timezone), ...marksOf(row), ...parts]);
}

export class Readout {
  constructor() {
    this.time = el("b", "readout-time");
    this.marks = el("span", "readout-marks");
    this.figures = COLUMNS.map(({ key, figure, of }) => {
      const [label, value, sample] = [el("span", "readout-label"), el("b", ""), el("span", "readout-n")];
      const node = el("span", "readout-figure", label, value, sample);
      node.dataset.figure = figure;
      return { key, of, node, label, value, sample };
    });
    this.node = el("p", "readout", this.time, this.marks, ...this.figures.map(({ node }) => node));
  }

  update(row, floor) {
    this.node.classList.toggle("readout-empty", !row);
    if (!row) return;
    setText(this.time, timesOf(row, floor.timezone));
    setText(this.marks, marksOf(row).join(" · "));
    for (const { key, of, node, label, value, sample } of this.figures) {
      const shown = of(row);
      setText(label, say(key));
      setText(value, shown.value);
      setText(sample, sampleWords(shown.n));
      node.hidden = shown.value === "–";
    }
  }
}
