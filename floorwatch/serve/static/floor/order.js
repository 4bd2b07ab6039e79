// Trouble first, without dancing: tiles change places only once an order has held for a moment.

const HARM = ["breach", "warning", "small_sample", "unknown", "fine"];
const HOLD_MS = 4_000;

export class Order {
  constructor() {
    this.shown = [];
    this.wanted = [];
    this.wantedSince = 0;
  }

  /** Queue names in the order to show them now, at once where it `isUrgent`. Within a class the order they had is kept. */
  arrange(queues, now, isUrgent) {
    const names = queues.map((queue) => queue.name);
    const harm = new Map(queues.map((queue) => [queue.name, HARM.indexOf(queue.verdict)]));
    const kept = this.shown.filter((name) => harm.has(name));
    const before = new Set(kept);
    const current = [...kept, ...names.filter((name) => !before.has(name))];
    const wanted = [...current].sort((a, b) => harm.get(a) - harm.get(b));
    if (this.shown.length !== names.length || current.length !== kept.length) return this.settle(wanted, now);
    if (wanted.join("\n") !== this.wanted.join("\n")) {
      this.wanted = wanted;
      this.wantedSince = now;
    }
    return isUrgent || now - this.wantedSince >= HOLD_MS ? this.settle(wanted, now) : this.shown;
  }

  settle(names, now) {
    this.shown = names;
    this.wanted = names;
    this.wantedSince = now;
    return names;
  }
}
