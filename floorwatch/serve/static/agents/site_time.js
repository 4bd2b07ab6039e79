// Time of day at the site, as fields for date and time hold it: whoever looks may be in another zone.

const zones = new Map();

function parts(ms, timeZone) {
  if (!zones.has(timeZone)) {
    const options = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" };
    const format = new Intl.DateTimeFormat("en-GB", { ...options, second: "2-digit", hourCycle: "h23", timeZone });
    zones.set(timeZone, format);
  }
  return Object.fromEntries(zones.get(timeZone).formatToParts(ms).map(({ type, value }) => [type, value]));
}

/** `2026-03-04T10:14:32`, the site's clock at this instant. */
export function fieldOf(ms, timeZone) {
  const at = parts(ms, timeZone);
  return `${at.year}-${at.month}-${at.day}T${at.hour}:${at.minute}:${at.second}`;
}

/** The instant at which the site's clock shows this; null for no time. Of an hour that comes twice, the first. */
export function instantOf(field, timeZone) {
  const wall = Date.parse(`${field}Z`);
  if (Number.isNaN(wall)) return null;
  const offsetAt = (ms) => Date.parse(`${fieldOf(ms, timeZone)}Z`) - Math.floor(ms / 1000) * 1000;
  // The clock is set by at most some hours: the offsets a day before and after are all there can be.
  const found = [offsetAt(wall - 86_400_000), offsetAt(wall + 86_400_000)]
    .map((offset) => wall - offset)
    .filter((ms) => fieldOf(ms, timeZone) === fieldOf(wall, "UTC"));
  return found.length ? Math.min(...found) : wall - offsetAt(wall);
}
