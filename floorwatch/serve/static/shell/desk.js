// What a person may do about alerts, and does: the page asks the server, which alone decides.

import { say } from "./words.js";

const ASK_AGAIN_MS = 300_000;
const RETRY_MS = 5_000;
const FORGET_MS = 8_000;

export class Desk {
  /** `changed` is called when something is known that was not. */
  constructor(changed) {
    this.changed = changed;
    this.may = new Set();
    this.details = new Map();
    this.silences = [];
    this.isBusy = false;
    this.trouble = "";
  }

  /** Finds out what who is signed in here may do; a role can be taken away meanwhile. */
  async watch() {
    const isKnown = await this.refresh(0);
    setTimeout(() => this.watch(), isKnown ? ASK_AGAIN_MS : RETRY_MS);
  }

  /** What leads may know of each alert, for who may; `hours`: also of those that are over. Whether it was told. */
  async refresh(hours = 1) {
    const answer = await ask("GET", `/api/v1/alerts?hours=${hours}`);
    if (!answer.ok) return false;
    this.may = new Set(answer.body.may);
    this.details = new Map(answer.body.form === "lead" ? answer.body.alerts.map((alert) => [alert.id, alert]) : []);
    if (this.may.has("acknowledge")) {
      const given = await ask("GET", "/api/v1/silences");
      if (given.ok) this.silences = given.body.silences;
    }
    this.changed();
    return true;
  }

  acknowledge(alert, note) {
    return this.act("POST", `/api/v1/alerts/${encodeURIComponent(alert.id)}/acknowledge`, { note });
  }

  /** Nobody is told for so long; for 0 they are told again. */
  snooze(alert, for_ms, why) {
    return this.act("POST", `/api/v1/alerts/${encodeURIComponent(alert.id)}/snooze`, { for: `${for_ms}ms`, why });
  }

  /** Something was done about it, by so many agents; 0: that is not said. Twice with the same id it is one action. */
  record(alert, kind, agents, note, id) {
    return this.act("POST", `/api/v1/alerts/${encodeURIComponent(alert.id)}/actions`, { kind, agents, note, id });
  }

  /** What was recorded by mistake: as if it had never been. */
  takeBack(alert, action) {
    const place = `/api/v1/alerts/${encodeURIComponent(alert.id)}/actions/${encodeURIComponent(action)}`;
    return this.act("DELETE", place);
  }

  /** Silence the rule of an alert, about its subject. */
  silence(alert, for_ms, why) {
    const wish = { rules: [alert.rule], subjects: [exactly(alert.labels[alert.scope])], for: `${for_ms}ms`, why };
    return this.act("POST", "/api/v1/silences", wish);
  }

  endSilence(id) {
    return this.act("DELETE", `/api/v1/silences/${encodeURIComponent(id)}`);
  }

  /** Whether it was done; if not, why not is shown for a while. */
  async act(method, path, wish) {
    this.isBusy = true;
    this.say("");
    const answer = await ask(method, path, wish);
    this.isBusy = false;
    if (answer.ok) await this.refresh();
    else this.say(say("act.failed", { why: answer.body?.error ?? say("act.unreachable") }));
    return answer.ok;
  }

  say(trouble) {
    this.trouble = trouble;
    clearTimeout(this.forgetting);
    if (trouble) this.forgetting = setTimeout(() => this.say(""), FORGET_MS);
    this.changed();
  }
}

/** A name as a pattern that fits it alone. */
const exactly = (name) => name.replace(/[*?[]/g, "[$&]");

/** An answer of the server: whether it did, and what it says; `body` null where it cannot be reached. */
export async function ask(method, path, wish) {
  try {
    const answer = await fetch(path, {
      method,
      ...(wish && { body: JSON.stringify(wish), headers: { "Content-Type": "application/json" } }),
    });
    return { ok: answer.ok, body: await answer.json() };
  } catch {
    return { ok: false, body: null };
  }
}
