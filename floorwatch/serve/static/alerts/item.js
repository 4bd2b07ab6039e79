// One alert in the list: what broke, what to do, who has it, what may be done about it, and its story.

import { hand, inLanguage, isLive, lasted, sentence, subject } from "../shell/alerts.js";
import { button, el, setText, setWords, shape } from "../shell/dom.js";
import { say, wordFor, written } from "../shell/words.js";
import { Brought } from "./brought.js";
import { Did } from "./did.js";
import { Escalation } from "./escalation.js";
import { Story } from "./story.js";

const FOR_MS = [900_000, 1_800_000, 3_600_000, 14_400_000, 28_800_000];

/** One alert. Built once; then only texts change, so that what somebody types stays. */
export class Item {
  constructor(desk, openCard) {
    this.desk = desk;
    this.shape = el("span", "alert-shape");
    this.sentence = el("p", "alert-sentence");
    this.advice = el("p", "alert-advice");
    this.facts = el("p", "alert-facts");
    this.note = el("p", "alert-note");
    this.acknowledge = button("action action-first", () => this.decide("acknowledge", this.text()));
    this.snooze = button("action", () => this.decide("snooze", this.wait_ms(), this.text()));
    this.wake = button("action", () => this.decide("snooze", 0, ""));
    this.silence = button("action", () => this.giveSilence());
    this.words = el("input", "act-words");
    this.words.type = "text";
    this.words.maxLength = 500;
    this.length = el("select", "act-for", ...FOR_MS.map((ms) => option(ms)));
    this.wordsLabel = el("span");
    this.lengthLabel = el("span");
    this.summary = el("summary");
    this.more = el(
      "details", "act-more", this.summary,
      el("div", "act-row", el("label", "", this.wordsLabel, this.words), el("label", "", this.lengthLabel, this.length),
        this.snooze, this.silence),
    );
    this.acts = el("div", "alert-acts", this.acknowledge, this.wake, this.more);
    this.story = new Story(openCard);
    this.escalation = new Escalation();
    this.brought = new Brought((action) => this.desk.takeBack(this.alert, action), openCard);
    this.did = new Did((kind, agents, id) => this.decide("record", kind, agents, this.text(), id), openCard);
    const words = el("div", "alert-words", this.sentence, this.advice, this.facts, this.note);
    const below = [this.escalation, this.brought, this.did, this.story].map(({ node }) => node);
    this.node = el("li", "alert", this.shape, words, this.acts, ...below);
    this.node.tabIndex = -1;
  }

  text() {
    return this.words.value.trim();
  }

  wait_ms() {
    return Number(this.length.value);
  }

  /** Has the desk do it; what was written for it is used up then. Whether it was done. */
  async decide(what, ...how) {
    const isDone = await this.desk[what](this.alert, ...how);
    if (isDone) this.words.value = "";
    return isDone;
  }

  giveSilence() {
    if (this.text()) this.decide("silence", this.wait_ms(), this.text());
    else {
      this.desk.say(say("act.failed", { why: say("act.no_why") }));
      this.words.focus();
    }
  }

  /**
   * `detail`: the same alert as leads may know it, where this page may. `story`: what became of it, where known.
   * `worked`: what the kinds of action have brought so far about its queue, the best first.
   */
  update(alert, { detail, story, worked }, stream) {
    this.alert = alert;
    const known = knownOf(alert, detail);
    const looks = isLive(alert) ? alert.severity : alert.state === "pending" ? "small_sample" : "fine";
    if (this.node.dataset.looks !== looks) {
      this.node.dataset.looks = looks;
      this.shape.replaceChildren(shape(looks));
    }
    setWords(this.sentence, sentence(alert));
    const isTooOld = stream.state() === "gone"; // to act on
    setWords(this.advice, isLive(alert) && !isTooOld ? inLanguage(lead(detail) ?? alert.advice) : "");
    setText(this.facts, facts(alert, known, stream));
    setText(this.note, detail?.note && isLive(alert) ? `${say("act.note")}: ${detail.note}` : "");
    this.escalation.update(alert, detail, stream);
    this.act(alert, subject(alert), stream.state() === "live");
    this.did.node.hidden = this.acts.hidden || !this.desk.may.has("act");
    this.brought.update(isLive(alert) ? known.actions : [], stream, !this.did.node.hidden);
    if (!this.did.node.hidden) this.did.update(alert, worked, this.desk.isBusy);
    this.story.update(known, story, stream);
  }

  /** What may be done about it, by who may; about what is not known now nothing. */
  act(alert, about, isKnown) {
    const { may, isBusy } = this.desk;
    this.acts.hidden = !isKnown || !isLive(alert) || !may.has("acknowledge");
    if (this.acts.hidden) return;
    const taken = alert.state === "acknowledged";
    label(this.acknowledge, say(taken ? "act.take_over" : "act.acknowledge"), about);
    label(this.wake, say("act.wake"), about);
    label(this.snooze, say("act.snooze", { for_ms: this.wait_ms() }), about);
    label(this.silence, say("act.silence"), about);
    this.wake.hidden = alert.muted?.by !== "snooze";
    this.silence.hidden = !may.has("silence");
    setText(this.summary, say("act.more"));
    setText(this.wordsLabel, say("act.words"));
    setText(this.lengthLabel, say("act.for"));
    for (const choice of this.length.options) setText(choice, written("span", Number(choice.value)));
    for (const one of [this.acknowledge, this.snooze, this.wake, this.silence]) one.disabled = isBusy;
  }
}

/** The alert of the picture, with what leads know besides; of what has changed since, the picture is right. */
function knownOf(alert, detail) {
  if (detail === null) return alert;
  const acknowledged_by = detail.state === alert.state ? detail.acknowledged_by : "";
  const toldOf = ({ kind, at }) => detail.actions.find((one) => one.kind === kind && one.at === at);
  const actions = alert.actions.map((action) => ({ ...toldOf(action), ...action }));
  return { ...alert, acknowledged_by, called: detail.escalation?.called ?? [], actions };
}

/** The lead's advice, where there is one. */
const lead = (detail) => (detail && Object.keys(detail.lead_advice).length ? detail.lead_advice : null);

function facts(alert, known, stream) {
  const { timezone } = stream.floor;
  const parts = [say(`severity.${alert.severity}`), wordFor("rule_name", alert.rule)];
  if (isLive(alert) && stream.state() !== "gone") {
    parts.push(say("banner.firing_for", { wait_ms: lasted(alert, stream.knownNow()) }));
  }
  if (alert.resolved_at !== null) parts.push(say("alerts.lasted", { wait_ms: lasted(alert, null) }));
  return [...parts, hand(known, timezone)].join(" · ");
}

/** What a button does, and to whoever hears the page, about what. */
function label(node, text, about) {
  setText(node, text);
  node.setAttribute("aria-label", `${text}: ${about}`);
}

function option(ms) {
  const choice = el("option");
  choice.value = ms;
  return choice;
}
