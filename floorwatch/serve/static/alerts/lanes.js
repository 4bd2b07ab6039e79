// What the timeline draws, before anything is drawn: a lane for each rule and what it is about, on it the spans of its
// alerts, and when what was done about them.

import { isLive, subject } from "../shell/alerts.js";

const RANK = { emergency: 0, critical: 1, warning: 2 };
const CALM = 3;

/** Lanes of the alerts, those that fire now first, the worst first, then the latest. */
export function lanesOf(alerts, stories, since, now) {
  const lanes = new Map();
  for (const alert of alerts) {
    const span = spanOf(alert, stories[alert.id] ?? null, now);
    if (span.until < since) continue;
    const key = JSON.stringify([alert.rule, alert.scope, subject(alert)]);
    if (!lanes.has(key)) lanes.set(key, { key, rule: alert.rule, subject: subject(alert), spans: [] });
    lanes.get(key).spans.push(span);
  }
  for (const lane of lanes.values()) lane.spans.sort((one, other) => one.from - other.from);
  const place = (lane) => [rank(lane), -Math.max(...lane.spans.map((span) => span.until)), lane.key];
  return [...lanes.values()]
    .map((lane) => ({ lane, place: place(lane) }))
    .sort((one, other) => compared(one.place, other.place))
    .map(({ lane }) => lane);
}

const rank = (lane) =>
  Math.min(...lane.spans.map(({ alert }) => (isLive(alert) ? RANK[alert.severity] : CALM)));

function compared(one, other) {
  const at = one.findIndex((value, index) => value !== other[index]);
  return at < 0 ? 0 : one[at] < other[at] ? -1 : 1;
}

/** One alert: the stretches in which it was pending, firing and in hand, and the marks of what happened. */
export function spanOf(alert, story, now) {
  const until = alert.resolved_at ?? Math.max(now, alert.pending_at);
  const parts = [];
  const stretch = (kind, from, to, severity) => to > from && parts.push({ kind, from, to, severity });
  stretch("pending", alert.pending_at, alert.fired_at ?? until, alert.severity);
  if (alert.fired_at !== null) {
    const taken = takenAt(alert, story);
    const raised = alert.raised_at !== null ? [alert.raised_at] : [];
    const cuts = [...new Set([alert.fired_at, ...taken, ...raised])].filter((at) => at < until).sort((a, b) => a - b);
    cuts.forEach((from, index) => {
      const hand = Math.max(-Infinity, ...taken.filter((at) => at <= from));
      // a raise takes it from whoever had it
      const isInHand = hand > -Infinity && !raised.some((at) => at <= from && at > hand);
      const isRaised = raised.some((at) => at <= from);
      const severity = isRaised ? alert.severity : story?.severity_at_fire ?? alert.severity;
      stretch(isInHand ? "acknowledged" : "firing", from, cuts[index + 1] ?? until, severity);
    });
  }
  return { id: alert.id, alert, from: alert.pending_at, until, parts, marks: marksOf(alert, story) };
}

function takenAt({ acknowledged_at: last }, story) {
  const told = story?.taken.map(({ at }) => at) ?? [];
  return last === null || told.includes(last) ? told : [...told, last];
}

/** In the order of time: when it fired, got worse, was taken, was put off, and something was done about it. */
function marksOf(alert, story) {
  if (alert.fired_at === null) return [];
  const raised = alert.raised_at === null ? [] : [{ kind: "raised", at: alert.raised_at, severity: alert.severity }];
  return [
    { kind: "fired", at: alert.fired_at, severity: story?.severity_at_fire ?? alert.severity },
    ...raised,
    ...takenAt(alert, story).map((at) => ({ kind: "taken", at })),
    ...(story?.snoozed ?? []).map(({ at }) => ({ kind: "snoozed", at })),
    ...alert.actions.map(({ at }) => ({ kind: "done", at })),
  ].sort((one, other) => one.at - other.at);
}

const STEPS_MINUTES = { 1: 10, 8: 60, 24: 180 };
const GRAIN_MS = 300_000;

/** Instants to name on the axis: round ones on the site's clock, whatever its zone and its changes. */
export function ticksOf(since, until, hours, minuteOfDay) {
  const ticks = [];
  for (let at = Math.ceil(since / GRAIN_MS) * GRAIN_MS; at <= until; at += GRAIN_MS) {
    if (minuteOfDay(at) % STEPS_MINUTES[hours] === 0) ticks.push(at);
  }
  return ticks;
}
