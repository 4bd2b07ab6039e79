// The day as three strips, one above the other: what was scheduled, what was done, and whether the two agreed.

import { el } from "../shell/dom.js";
import { say, timeOfDay } from "../shell/words.js";

const HOUR_MS = 3_600_000;
const MARKS_MAX = 12;
const ROOM_FOR_WORD = 0.07;

/** `lines`: what is scheduled, later too; `day`: what the server says of the agent's day. Said again in the table. */
export function dayChart(lines, day, timezone) {
  const done = day.stretches.filter((part) => part.actual !== "offline");
  const starts = [...lines, ...done].map((part) => part.start);
  const from = Math.min(day.at - HOUR_MS, ...starts);
  const to = Math.max(day.at, ...lines.map((line) => line.end));
  const place = (node, start, end) => {
    const share = (ms) => `${((ms / (to - from)) * 100).toFixed(3)}%`;
    node.style.left = share(Math.max(start, from) - from);
    node.style.width = share(Math.min(end, to) - Math.max(start, from));
    return node;
  };
  const row = (title, parts, attribute, valueOf, wordOf = () => "") => {
    const shown = parts.filter((part) => part.end > from && part.start < to);
    const nodes = shown.map((part) => {
      const word = (part.end - part.start) / (to - from) > ROOM_FOR_WORD ? wordOf(part) : "";
      const node = place(el("span", "day-stretch", word), part.start, part.end);
      node.dataset[attribute] = valueOf(part) ?? "none";
      return node;
    });
    return [el("span", "day-label", title), el("span", "day-row", ...nodes)];
  };
  const chart = el(
    "div",
    "day-chart",
    ...row(say("day.scheduled"), lines, "scheduled", (line) => line.activity, (line) => say(`scheduled.${line.activity}`)),
    ...row(say("day.did"), day.stretches, "activity", (part) => part.actual),
    ...row(say("day.verdict"), day.stretches, "verdict", (part) => part.verdict),
    el("span"),
    el("span", "day-hours", ...hours(from, to, timezone, place)),
  );
  chart.setAttribute("aria-hidden", "true");
  return chart;
}

function hours(from, to, timezone, place) {
  const step = Math.max(1, Math.ceil((to - from) / HOUR_MS / MARKS_MAX)) * HOUR_MS;
  const marks = [];
  for (let at = Math.ceil(from / step) * step; at < to; at += step) {
    marks.push(place(el("span", "day-hour", timeOfDay(at, timezone)), at, at + step));
  }
  return marks;
}
