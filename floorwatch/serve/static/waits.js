// How long the contact that waits longest has waited. A queue with business hours has a clock of its own: outside them
// its waits stand still, and so does the number.

/** In milliseconds, now; null where nobody waits. */
export function longestWait(queue, now) {
  if (queue.oldest_since === null) return null;
  const from = queue.hours ? queue.hours.counts_from : queue.oldest_since;
  return from === null ? queue.longest_wait_ms : Math.max(0, now - from);
}
