// How well a source is heard, in one word, the worst that is true of it; and what is worth knowing besides.

const LATE_MS = 5_000;

/** In the order of harm. */
export const HARM = ["down", "off", "late", "silent", "unknown", "up"];
export const SHAPES = {
  down: "unknown", off: "warning", late: "warning", silent: "small_sample", unknown: "unknown", up: "fine",
};

/** A source that was up when the news stopped is "unknown": nobody knows. */
export function healthOf(source, isLive) {
  if (source.state === "down") return "down";
  if (!isLive) return "unknown";
  if (source.clock_offset_ms !== 0) return "off";
  if (source.delay_ms !== null && source.delay_ms >= LATE_MS) return "late";
  return source.last_event_at === null ? "silent" : "up";
}

/** Every trouble there is now, the gravest first: words of `means.` in the catalogue. */
export function troublesOf(source, isLive) {
  if (source.state === "down") return ["down"];
  if (!isLive) return [];
  const isLate = source.delay_ms !== null && source.delay_ms >= LATE_MS;
  const found = [["off", source.clock_offset_ms !== 0], ["late", isLate], ["silent", source.last_event_at === null]];
  return found.filter(([, isSo]) => isSo).map(([name]) => name);
}

export const sum = (counts) => Object.values(counts).reduce((all, count) => all + count, 0);
