// Which part of the day is drawn, and where an instant lies in it. Instants alone count: a day of 25 hours is longer.

const HOUR_MS = 3_600_000;
const LEAST_MS = 4 * HOUR_MS;
const STEPS_H = [1, 2, 3, 4, 6];
export const LABEL_PX = 64; // room of one label beneath

const isBusy = (row) =>
  row.state === "open" || row.state === "lost" || row.incomplete ||
  [row.offered, row.answered, row.abandoned, row.exited, row.present, row.forecast, row.on_schedule].some((value) => value > 0);

/** [from, to) of the day, or of the part of it in which anything happens, in whole hours from its start. */
export function partOf(day, now, isWhole) {
  const busy = day.intervals.filter(isBusy);
  if (isWhole || !busy.length) return [day.day_start, day.day_end];
  const hour = (at, round) => day.day_start + round((at - day.day_start) / HOUR_MS) * HOUR_MS;
  const from = Math.max(day.day_start, hour(busy[0].start, Math.floor));
  const last = Math.max(busy.at(-1).end, now, from + LEAST_MS);
  const to = Math.min(day.day_end, hour(last, Math.ceil));
  return [Math.max(day.day_start, Math.min(from, to - LEAST_MS)), to];
}

/** Where an instant lies on `width` pixels. */
export class Span {
  constructor([from, to], width) {
    this.from = from;
    this.to = to;
    this.width = width;
  }

  x(at) {
    const share = (Math.max(this.from, Math.min(this.to, at)) - this.from) / (this.to - this.from);
    return Math.round(share * this.width * 10) / 10;
  }

  /** The instant under a pixel. */
  at(x) {
    return this.from + (x / this.width) * (this.to - this.from);
  }

  /** Instants to write beneath: whole hours since the start of the part, as many as can be read. */
  ticks() {
    const hours = (this.to - this.from) / HOUR_MS;
    const step = STEPS_H.find((each) => (hours / each) * LABEL_PX <= this.width) ?? 12;
    const count = Math.floor(hours / step);
    return Array.from({ length: count + 1 }, (_, index) => this.from + index * step * HOUR_MS);
  }
}

/** A round number not below `most`, for the top of a scale; its half is a whole one. */
export function roundTop(most) {
  if (most <= 4) return 4;
  const size = 10 ** Math.floor(Math.log10(most));
  const tops = [1, 2, 3, 4, 5, 6, 8, 10].map((each) => each * size);
  return tops.find((top) => top >= most && top % 2 === 0);
}
