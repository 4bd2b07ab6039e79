// What is scheduled: the lines of an agent's day, as the stream sends them, and what they say of an instant.

/**
 * The lines of a shift: {start, end, activity}, in order of time.
 *
 * It is sent as when what begins, in turns: seconds since the day began, and the place in `activities`, or -1.
 */
export function linesOf(shift, attendance) {
  const lines = [];
  for (let place = 0; place + 2 < shift.length; place += 2) {
    const activity = attendance.activities[shift[place + 1]];
    const [start, end] = [shift[place], shift[place + 2]].map((s) => attendance.day + s * 1000);
    if (activity) lines.push({ start, end, activity });
  }
  return lines;
}

/** What is scheduled at this instant; undefined for nothing. */
export const lineAt = (lines, at) => lines.find((line) => line.start <= at && at < line.end);

/** What comes next; undefined for nothing more today. */
export const lineAfter = (lines, at) => lines.find((line) => line.start > at);
