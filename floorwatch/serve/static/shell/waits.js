// How long the contact that waits longest has waited. A queue with business hours has a clock of its own: outside them
// its waits stand still, and so does the number.

import { lang, say } from "./words.js";

const MONDAY = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;

/** In milliseconds, now; null where nobody waits. */
export function longestWait(queue, now) {
  if (queue.oldest_since === null) return null;
  const from = queue.hours ? queue.hours.counts_from : queue.oldest_since;
  return from === null ? queue.longest_wait_ms : Math.max(0, now - from);
}

/** Outside its business hours. */
export const isClosed = ({ hours }) => hours !== null && !hours.is_open;

/** What stands beside that number. */
export const longestLabel = (queue) => say(isClosed(queue) ? "tile.longest_closed" : "tile.longest");

/** `Mon–Fri 09:00-18:00; Sat 10:00-14:00`: days with the same hours together. */
export function hoursText(hours) {
  const name = new Intl.DateTimeFormat(lang(), { weekday: "short", timeZone: "UTC" });
  const day = (number) => name.format(new Date(MONDAY + number * DAY_MS));
  const spans = [];
  hours.week.forEach((text, number) => {
    const last = spans.at(-1);
    if (text && last && last.until === number - 1 && last.text === text) last.until = number;
    else if (text) spans.push({ since: number, until: number, text });
  });
  const days = ({ since, until }) => (since === until ? day(since) : `${day(since)}–${day(until)}`);
  return spans.map((span) => `${days(span)} ${span.text}`).join("; ");
}
