// What each of the three pictures of the day shows: the service level, the contacts, the agents.

import { svg } from "../shell/dom.js";

const LOW = 0.4; // the scale of every trend on the board
const BAR_GAP = 0.14;

const middle = (panel, row) => panel.x((row.start + Math.min(row.end, Math.max(panel.view.now, row.start))) / 2);

/** Service level: alert spans, the target, by arrival, by event, and where the period is expected to end. */
export function drawLevel(panel) {
  const { day, queue, rows, floor, now } = panel.view;
  const band = svg("g", { class: "day-alert" }); // one band: overlapping alerts are not more alarm
  band.append(...day.alerts.map((alert) => panel.block(alert.fired_at, alert.resolved_at ?? now, {})));
  const target = panel.y(queue.target);
  const line = svg("line", { x1: 0, x2: panel.span.width, y1: target, y2: target, class: "day-target" });
  const arrival = runsOf(panel, rows, "level_by_arrival", "level_by_arrival_n", 0);
  const event = runsOf(panel, rows, "level", "level_n", floor.min_sample);
  return [
    band,
    line,
    ...arrival.map((run) => stroke(run, "day-arrival")),
    ...event.map((run) => stroke(run, run.isSmall ? "day-level day-small" : "day-level")),
    ...rows.flatMap((row) => dot(panel, row, floor)),
    ...projected(panel),
  ];
}

/** Neighbours that have a value, as lines; a piece between two small samples is faint. */
function runsOf(panel, rows, key, keyOfN, least) {
  const runs = [];
  rows.forEach((row, index) => {
    const before = rows[index - 1];
    if (!before || before.end !== row.start || [row, before].some((each) => each[key] === null)) return;
    const points = [before, row].map((each) => [middle(panel, each), panel.y(each[key])]);
    runs.push({ points, isSmall: row[keyOfN] < least || before[keyOfN] < least });
  });
  return runs;
}

function stroke(run, className) {
  return svg("polyline", { points: run.points.map((point) => point.join(",")).join(" "), class: className });
}

/** A point; hollow while its interval runs, grey where its sample is small, an arrow where it is below the scale. */
function dot(panel, row, floor) {
  if (row.level === null) return [];
  const [x, y] = [middle(panel, row), panel.y(row.level)];
  const small = row.level_n < floor.min_sample ? " day-small" : "";
  const marks = [svg("circle", { cx: x, cy: y, r: 3, class: `day-dot${small}${row.state === "open" ? " day-open" : ""}` })];
  if (row.level < LOW) marks.push(svg("path", { d: `M${x - 4} ${y + 4 - 6} h8 l-4 7 z`, class: "day-below" }));
  return marks;
}

/** Where the period ends: a bar from the low to the high of the band, across it the middle. */
function projected(panel) {
  const { queue, isKnown } = panel.view;
  const found = isKnown ? queue.projection : null;
  if (!found || found.until > panel.span.to) return [];
  const x = Math.min(panel.x(found.until), panel.span.width - 4);
  const [low, high, y] = [found.projection_low, found.projection_high, found.projection].map((value) => panel.y(value));
  return [
    svg("line", { x1: x, x2: x, y1: low, y2: high, class: "day-band" }),
    svg("line", { x1: x - 6, x2: x + 4, y1: y, y2: y, class: "day-projected" }),
  ];
}

/** Contacts: offered behind, answered and abandoned in front of it, the forecast as an outline. */
export function drawContacts(panel) {
  return panel.view.rows.flatMap((row) => [...bars(panel, row), ...outline(panel, row)]);
}

function bar(panel, row, inset, low, high, className) {
  const width = panel.x(row.end) - panel.x(row.start);
  const [top, bottom] = [panel.y(high), panel.y(low)];
  const x = panel.x(row.start) + width * inset;
  return svg("rect", { x, y: top, width: Math.max(0.6, width * (1 - 2 * inset)), height: Math.max(0, bottom - top), class: className });
}

function bars(panel, row) {
  if (row.offered === null) return [];
  const { answered, abandoned, offered } = row;
  return [
    bar(panel, row, BAR_GAP / 2, 0, offered, "bar-offered"),
    bar(panel, row, BAR_GAP * 1.7, 0, answered, "bar-answered"),
    bar(panel, row, BAR_GAP * 1.7, answered, answered + abandoned, "bar-abandoned"),
  ];
}

/** Of what is over, what was forecast; of what is to come, what that comes to after the day so far. */
export const outlined = (row) => (row.state === "over" || row.state === "lost" ? row.forecast : row.expected);

function outline(panel, row) {
  const value = outlined(row);
  if (value === null) return [];
  return [bar(panel, row, BAR_GAP / 2, 0, value, row.state === "later" ? "bar-forecast" : "bar-forecast bar-forecast-past")];
}

/** Agents: here as an area, needed and on schedule as lines, and where they are too few. */
export function drawAgents(panel) {
  const { rows } = panel.view;
  const here = rows.filter((row) => row.present !== null).map((row) => bar(panel, row, 0, 0, row.present, "agents-here"));
  const short = rows
    .filter((row) => row.present !== null && row.required !== null && row.required > row.present)
    .map((row) => bar(panel, row, 0, row.present, row.required, "agents-short"));
  return [
    ...here,
    ...short,
    ...panel.steps(rows, (row) => row.on_schedule, "agents-scheduled"),
    ...panel.steps(rows, (row) => row.required, "agents-needed"),
  ];
}
