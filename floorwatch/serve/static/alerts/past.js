// What the stream does not tell of alerts: those of the last hours, the story of each, and what leads may know of it.

const RETRY_MS = 3_000;
/** After a change, and without one. Leads are few; of viewers there may be hundreds, who must not ask all at once. */
const LEADS = { soon: () => 500, again_ms: 15_000 };
const VIEWERS = { soon: () => 500 + Math.random() * 4_500, again_ms: 60_000 };
const HOUR_MS = 3_600_000;

export class Past {
  /** `arrived` is called when something is known that was not. */
  constructor(arrived) {
    this.arrived = arrived;
    this.hours = 8;
    this.alerts = [];
    this.details = new Map();
    this.stories = {};
    this.rotas = null;
    this.worked = [];
    this.isKnown = false;
    this.known = "";
    this.askAt = 0;
    this.pace = VIEWERS;
  }

  back_ms() {
    return this.hours * HOUR_MS;
  }

  /** So many hours back from now on. */
  look(hours) {
    this.hours = hours;
    this.askAt = 0;
  }

  /** Asks when an alert has changed, and now and then: each look of a lead is logged. Only of a server that answers. */
  update(stream) {
    if (stream.state() !== "live" || this.isAsking) return;
    // what was said to whom is for leads: viewers have all of it in the picture
    const more = ({ escalation, actions }) => (this.pace === LEADS ? [escalation, actions] : []);
    const known = JSON.stringify(stream.floor.alerts.map((alert) =>
      [alert.id, alert.state, alert.severity, alert.acknowledged_at, alert.muted, ...more(alert)]));
    const now = performance.now();
    if (known !== this.known) this.askAt = Math.min(this.askAt, now + this.pace.soon());
    this.known = known;
    if (now >= this.askAt) this.ask();
  }

  async ask() {
    this.isAsking = true;
    const { hours } = this;
    const answer = await told(hours);
    this.isAsking = false;
    if (answer) this.pace = answer.form === "lead" ? LEADS : VIEWERS;
    this.askAt = performance.now() + (answer ? this.pace.again_ms : RETRY_MS);
    if (!answer) return;
    if (hours !== this.hours) this.askAt = 0; // it was turned meanwhile
    // A television is a wall, whoever has signed it in: it names nobody.
    const isLead = answer.form === "lead" && !document.documentElement.dataset.tv;
    this.alerts = answer.alerts.filter((alert) => isLead || !isPrivate(alert));
    this.details = new Map(isLead ? answer.alerts.map((alert) => [alert.id, alert]) : []);
    this.stories = answer.stories;
    this.rotas = isLead ? answer.oncall : null;
    this.worked = isLead ? answer.worked : [];
    this.reaches = hours;
    this.isKnown = true;
    this.arrived();
  }

  /** What is known of one alert besides the picture. */
  beside({ id, labels }) {
    return { detail: this.details.get(id) ?? null, story: this.stories[id] ?? null, worked: this.workedIn(labels.queue) };
  }

  /** What each kind of action has brought in this queue, or else everywhere; the best first. */
  workedIn(queue) {
    const found = new Map();
    for (const where of ["", queue]) {
      for (const one of this.worked) if (one.queue === where) found.set(one.kind, one);
    }
    return [...found.values()].sort((one, other) => other.effect - one.effect);
  }

  /** All there are: as the stream has them; those that are over, or of no public form, as they were asked for last. */
  merged(floor, now) {
    const shown = new Set(floor.alerts.map((alert) => alert.id));
    const since = now - this.back_ms();
    const isInside = (alert) => !shown.has(alert.id) && (alert.resolved_at !== null || isPrivate(alert));
    return [...floor.alerts, ...this.alerts.filter(isInside)]
      .filter((alert) => alert.resolved_at === null || alert.resolved_at >= since);
  }
}

/** Alerts of a team or the whole floor are made of people: the stream, which is for everybody, has none. */
const isPrivate = (alert) => alert.scope === "team" || alert.scope === "floor";

async function told(hours) {
  try {
    const answer = await fetch(`/api/v1/alerts?hours=${hours}`);
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}
