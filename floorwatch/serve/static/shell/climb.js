// What is said of an escalation: how far an alert was carried, and what comes next unless somebody takes it.

import { isLive, subject } from "./alerts.js";
import { say } from "./words.js";

/** What comes next and in how long; empty where nothing does. */
export function nextWords({ escalation }, now) {
  if (escalation === null) return "";
  const { state, step, steps, next_at, next_step } = escalation;
  if (state === "exhausted") return say("climb.exhausted");
  if (next_at === null) return "";
  const wait_ms = next_at - now;
  if (state === "taken") return say("climb.anew", { wait_ms });
  if (state !== "climbing") return "";
  const isAgain = next_step !== null && next_step === step;
  return say(isAgain ? "climb.next_again" : "climb.next", { step: next_step ?? 1, steps, wait_ms });
}

/** How far it was carried so far. */
export function doneWords({ step, steps, round, rounds }) {
  const done = step ? say("climb.done", { step, steps }) : say("climb.none_done");
  if (rounds === 1 || (round === 1 && !step)) return done;
  const turn = rounds ? say("climb.round_of", { round, rounds }) : say("climb.round", { round });
  return `${done} · ${turn}`;
}

/** Of several alerts, the worst first, what comes next: of the worst, else of the one whose turn comes first. */
export function nextOf(alerts, now) {
  const [first] = alerts;
  const coming = alerts.filter((alert) => isLive(alert) && isClimbing(alert) && alert !== first);
  coming.sort((one, other) => one.escalation.next_at - other.escalation.next_at);
  if (isClimbing(first) || !coming.length) return nextWords(first, now);
  return say("climb.next_of", { subject: subject(coming[0]), text: nextWords(coming[0], now) });
}

const isClimbing = ({ escalation }) => escalation?.state === "climbing" && escalation.next_at !== null;
