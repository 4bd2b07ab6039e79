// What was done about an alert, and what it brought 5, 15 and 30 minutes later, against what was to be expected.

import { button, el, ownFigure, setText, setWords } from "../shell/dom.js";
import { dayAndTime, lang, say, timeOfDay, wordFor, written } from "../shell/words.js";

const SPANS_MS = { "5m": 300_000, "15m": 900_000, "30m": 1_800_000 };

/** What kind of action it was, in words, with how many agents. */
export function actionWords({ kind, agents }) {
  const word = wordFor("action", kind);
  return agents ? `${word} (${written("agents", agents)})` : word;
}

/** The actions taken; `actions` with id, who and note where this page may know them. */
export class Brought {
  /** `takeBack(id)` undoes one that was recorded by mistake, and says whether it did. */
  constructor(takeBack, openCard) {
    this.takeBack = takeBack;
    this.openCard = openCard;
    this.node = el("ol", "brought");
  }

  /** `mayUndo`: whether who looks may take one back. */
  update(actions, stream, mayUndo) {
    const { timezone } = stream.floor;
    const key = JSON.stringify([actions, lang(), mayUndo]);
    if (key === this.key) return;
    this.key = key;
    this.node.hidden = !actions.length;
    const undo = (action) => (mayUndo && action.id ? this.undo(action) : null);
    this.node.replaceChildren(
      ...actions.map((action) => actionRow(action, timezone, undo(action), effectsOf(action, timezone, this.openCard))),
    );
  }

  undo(action) {
    const node = button("brought-back", async () => {
      node.disabled = true;
      node.disabled = await this.takeBack(action.id);
    });
    setText(node, say("did.take_back"));
    node.setAttribute("aria-label", `${say("did.take_back")}: ${actionWords(action)}`);
    return node;
  }
}

function actionRow(action, timezone, undo, effects) {
  const by = action.who ? [say("did.by", action)] : [];
  const head = [actionWords(action), ...by, action.note].filter(Boolean).join(" · ");
  return el(
    "li", "brought-one", el("time", "", timeOfDay(action.at, timezone)),
    el("div", "", el("b", "", head), ...(undo ? [" ", undo] : []), el("ul", "brought-effects", ...effects.map((effect) => el("li", "", effect)))),
  );
}

/** What an action has brought by the end of each span: each opens what an effect is. */
export function effectsOf(action, timezone, openCard) {
  return Object.entries(action.effects).map(([span, effect]) => {
    const value = () => effectParts(span, effect, timezone);
    const as_of = effect.effect === null ? {} : { as_of: dayAndTime(effect.due_at, timezone) };
    const shown = () => ({ subject: actionWords(action), value: value(), ...as_of });
    const chip = ownFigure("effect", "brought-effect", (figure) => openCard(figure, null, shown));
    chip.dataset.known = String(effect.effect !== null);
    setWords(chip, value().join(" · "));
    return chip;
  });
}

/** "15 min after: +6 points: 67 % instead of 61 %, n 143", …; or why it is not known, or when it will be. */
function effectParts(span, effect, timezone) {
  const [first, ...beside] = becameParts(effect, timezone);
  return [say("brought.after", { after_ms: SPANS_MS[span], text: first }), ...beside];
}

function becameParts(effect, timezone) {
  if (effect.effect !== null) return knownParts(effect);
  if (effect.why) return [say("brought.unknown", { why: wordFor("effect_why", effect.why) })];
  return [say("brought.due", { time: timeOfDay(effect.due_at, timezone) })];
}

/** With how sure that is, who waited then, what had been projected, and whether several actions share it. */
function knownParts({ effect, level, n, low, high, waiting, waiting_without, projected, shared }) {
  const parts = [say("brought.known", { effect, level, without: Math.max(0, level - effect), n })];
  if (low !== null && high !== null) parts.push(say("brought.band", { low, high }));
  const without = waiting_without === null ? null : Math.round(waiting_without);
  if (waiting !== null && without !== null && waiting + without) parts.push(say("brought.waiting", { waiting, without }));
  if (projected !== null) parts.push(say("brought.projected", { projected }));
  if (shared) parts.push(say("brought.shared"));
  return parts;
}
