// Which alerts matter, in which order, and the words every part of the page says of one.

import { lang, say, timeOfDay } from "./words.js";

const MISSED = "projection_miss"; // the period is certain to miss its target
const RANK = { emergency: 0, critical: 1, warning: 2 };

/** It has fired and is not over, whoever has it in hand. */
export const isLive = (alert) => alert.state === "firing" || alert.state === "acknowledged";

/** Nobody has it, and nobody said that it may wait: this one is heard. */
export const isLoud = (alert) => alert.state === "firing" && alert.muted === null;

/** Queues of which nothing is known now. */
export const lostQueues = (floor) =>
  floor.queues.filter((queue) => queue.unknown_since !== null).map((queue) => queue.name);

/**
 * Live alerts, the worst first. What is muted comes last, before it what was known last of a lost queue; of equal
 * severity nobody's comes first, then the one that has fired longest.
 */
export function live(floor) {
  const lost = new Set(lostQueues(floor));
  const place = (alert) => [
    Number(alert.muted !== null),
    Number(lost.has(alert.labels.queue)),
    RANK[alert.severity],
    Number(alert.state === "acknowledged"),
    alert.fired_at,
    alert.id,
  ];
  return floor.alerts
    .filter(isLive)
    .map((alert) => ({ alert, place: place(alert) }))
    .sort((one, other) => compared(one.place, other.place))
    .map(({ alert }) => alert);
}

function compared(one, other) {
  const at = one.findIndex((value, index) => value !== other[index]);
  return at < 0 ? 0 : one[at] < other[at] ? -1 : 1;
}

/** For how long it has fired, in ms: until it was over, or so far; of one that is about to, how long its rule holds. */
export const lasted = (alert, now) => (alert.resolved_at ?? now) - (alert.fired_at ?? alert.pending_at);

/** The queue, feed, output … an alert is about. */
export const subject = (alert) => (alert.scope === "daemon" ? "floorwatch" : alert.labels[alert.scope]);

/** A text of an alert in the page's language; a site's own text may be there in one language only. */
export const inLanguage = (text) => text[lang()] ?? text.en ?? Object.values(text)[0] ?? "";

/** What broke. */
export const sentence = (alert) => inLanguage(alert.message);

/** Whether somebody has it, or why nobody is told; `who` only where the page may know. */
export function hand(alert, timezone) {
  if (alert.state === "pending") return say("hand.pending");
  if (alert.state === "resolved") return say("hand.resolved", { time: timeOfDay(alert.resolved_at, timezone) });
  const mute = muteWords(alert.muted, timezone);
  const taken = alert.state === "acknowledged" ? takenWords(alert, timezone) : "";
  return [mute, taken].filter(Boolean).join(" · ") || say("hand.nobody");
}

function muteWords(muted, timezone) {
  if (muted === null) return "";
  if (muted.by === "rule" || muted.until === null) return say(`hand.${muted.by}`, { time: "–" });
  return say(`hand.${muted.by}`, { time: timeOfDay(muted.until, timezone) });
}

function takenWords(alert, timezone) {
  if (!alert.acknowledged_by) return say("hand.somebody");
  return say("hand.who", { who: alert.acknowledged_by, time: timeOfDay(alert.acknowledged_at, timezone) });
}

/** What runs out: the time left in which the target can still be reached; else, or once it is missed, its period. */
export function countdown(alert, floor, now) {
  const { queue } = alert.labels;
  const isMissed = floor.alerts.some((each) => isLive(each) && each.rule === MISSED && each.labels.queue === queue);
  const outlook = isMissed ? null : floor.queues.find((each) => each.name === queue)?.outlook;
  const last = outlook?.no_return_at ?? null;
  if (last !== null && now < last && last < outlook.until) return say("banner.no_return", { wait_ms: last - now });
  if (alert.until === null || alert.until <= now) return "";
  return say("banner.period_ends", { wait_ms: alert.until - now });
}
