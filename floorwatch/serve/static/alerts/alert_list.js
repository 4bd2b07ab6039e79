// The list of alerts: all that fire, are about to, or were over in the last hour; what can be done about each, by who
// may; the silences; and whether this screen sounds.

import { hand, inLanguage, isLive, live, sentence, subject } from "../shell/alerts.js";
import { button, el, setText, shape } from "../shell/dom.js";
import { dayAndTime, lang, say, written } from "../shell/words.js";

const FOR_MS = [900_000, 1_800_000, 3_600_000, 14_400_000, 28_800_000];
const ASK_AGAIN_MS = 15_000;
const GROUPS = ["live", "muted", "pending", "over"];

export class AlertList {
  /** `desk` does what a person decides; `sound` and `setSound` are of this screen. */
  constructor(dialog, { desk, sound, setSound }) {
    this.dialog = dialog;
    this.desk = desk;
    this.sound = sound;
    this.items = new Map();
    this.title = el("h2", "alerts-title");
    this.title.id = "alerts-title";
    this.soundButton = button("foot-control", () => setSound({ sound: !sound.sound, speech: sound.speech }));
    this.speechButton = button("foot-control", () => setSound({ sound: sound.sound, speech: !sound.speech }));
    this.signIn = el("a", "alerts-sign-in");
    this.signIn.href = "/sign-in";
    this.close = button("foot-control", () => dialog.close());
    this.none = el("p", "alerts-none");
    this.trouble = el("p", "action-trouble");
    this.trouble.setAttribute("role", "alert");
    this.groups = new Map(GROUPS.map((name) => [name, group()]));
    this.silences = group();
    dialog.append(
      el("header", "alerts-head", this.title, this.close, this.signIn, this.soundButton, this.speechButton),
      this.trouble,
      this.none,
      ...[...this.groups.values()].map(({ node }) => node),
      this.silences.node,
    );
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
  }

  open(stream) {
    this.known = "";
    this.update(stream, true);
    if (!this.dialog.open) this.dialog.showModal();
  }

  /** Keeps an open list true while the floor moves on. */
  update(stream, opening = false) {
    if ((!this.dialog.open && !opening) || !stream.floor) return;
    const { floor } = stream;
    const fire = live(floor);
    const shown = {
      live: fire.filter((alert) => alert.muted === null),
      muted: fire.filter((alert) => alert.muted !== null),
      pending: floor.alerts.filter((alert) => alert.state === "pending"),
      over: floor.alerts.filter((alert) => alert.state === "resolved"),
    };
    this.ask(floor);
    this.drop(floor);
    setText(this.title, say("alerts.title"));
    setText(this.none, floor.alerts.length ? "" : say("alerts.none"));
    for (const [name, { node, head, list }] of this.groups) {
      node.hidden = !shown[name].length;
      setText(head, `${say(`alerts.${name}`)} (${shown[name].length})`);
      place(list, shown[name].map((alert) => this.item(alert, stream).node));
    }
    this.updateSilences(stream);
    this.updateControls();
  }

  /** What leads may know is asked for when an alert has changed, and now and then: each look is logged. */
  ask(floor) {
    const known = floor.alerts.map((alert) => `${alert.id} ${alert.state} ${alert.severity}`).join();
    const now = performance.now();
    if (known === this.known && now - this.askedAt < ASK_AGAIN_MS) return;
    this.known = known;
    this.askedAt = now;
    this.desk.refresh();
  }

  drop(floor) {
    const there = new Set(floor.alerts.map((alert) => alert.id));
    for (const id of this.items.keys()) if (!there.has(id)) this.items.delete(id);
  }

  item(alert, stream) {
    if (!this.items.has(alert.id)) this.items.set(alert.id, new Item(this.desk));
    const item = this.items.get(alert.id);
    item.update(alert, this.desk.details.get(alert.id) ?? null, stream);
    return item;
  }

  updateSilences(stream) {
    const { node, head, list } = this.silences;
    node.hidden = !this.desk.may.has("acknowledge");
    setText(head, say("alerts.silences"));
    const key = JSON.stringify([this.desk.silences, lang(), this.desk.may.has("silence")]);
    if (key === this.silencesShown) return;
    this.silencesShown = key;
    const rows = this.desk.silences.map((silence) => this.silence(silence, stream));
    list.replaceChildren(...(rows.length ? rows : [el("li", "alerts-none", say("alerts.no_silences"))]));
  }

  silence(silence, stream) {
    const { timezone } = stream.floor;
    const what = [silence.rules.join(", "), silence.subjects.join(", ")].filter(Boolean).join(" · ");
    const from = say("alerts.silence_from", { since: dayAndTime(silence.since, timezone) });
    const since = silence.since > stream.now() ? ` (${from})` : "";
    const until = dayAndTime(silence.until, timezone);
    const text = say("alerts.silence", { what, until, who: silence.who, why: silence.why });
    const row = el("li", "silence", el("span", "", text + since));
    if (!this.desk.may.has("silence")) return row;
    const end = button("action", () => this.desk.endSilence(silence.id));
    setText(end, say("act.end_silence"));
    row.append(end);
    return row;
  }

  updateControls() {
    const { sound, speech } = this.sound;
    setText(this.soundButton, say(sound ? "sound.on" : "sound.off"));
    setText(this.speechButton, say(speech ? "speech.on" : "speech.off"));
    setText(this.close, say("control.close"));
    setText(this.signIn, say("act.sign_in"));
    this.signIn.hidden = this.desk.may.size > 0;
    setText(this.trouble, this.desk.trouble);
  }
}

/** One alert. Built once; then only texts change, so that what somebody types stays. */
class Item {
  constructor(desk) {
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
    this.node = el(
      "li", "alert", this.shape, el("div", "alert-words", this.sentence, this.advice, this.facts, this.note), this.acts,
    );
  }

  text() {
    return this.words.value.trim();
  }

  wait_ms() {
    return Number(this.length.value);
  }

  /** Has the desk do it; what was written for it is used up then. */
  async decide(what, ...how) {
    if (await this.desk[what](this.alert, ...how)) this.words.value = "";
  }

  giveSilence() {
    if (this.text()) this.decide("silence", this.wait_ms(), this.text());
    else {
      this.desk.say(say("act.failed", { why: say("act.no_why") }));
      this.words.focus();
    }
  }

  /** `detail`: the same alert as leads may know it, where this page may. */
  update(alert, detail, stream) {
    this.alert = alert;
    const known = detail !== null && detail.state === alert.state ? { ...alert, acknowledged_by: detail.acknowledged_by } : alert;
    const looks = isLive(alert) ? alert.severity : alert.state === "pending" ? "small_sample" : "fine";
    if (this.node.dataset.looks !== looks) {
      this.node.dataset.looks = looks;
      this.shape.replaceChildren(shape(looks));
    }
    setText(this.sentence, sentence(alert));
    setText(this.advice, isLive(alert) ? inLanguage(lead(detail) ?? alert.advice) : "");
    setText(this.facts, facts(alert, known, stream));
    setText(this.note, detail?.note && isLive(alert) ? `${say("act.note")}: ${detail.note}` : "");
    this.act(alert, subject(alert));
  }

  act(alert, about) {
    const { may, isBusy } = this.desk;
    this.acts.hidden = !isLive(alert) || !may.has("acknowledge");
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

/** The lead's advice, where there is one. */
const lead = (detail) => (detail && Object.keys(detail.lead_advice).length ? detail.lead_advice : null);

function facts(alert, known, stream) {
  const { timezone } = stream.floor;
  const parts = [say(`severity.${alert.severity}`)];
  if (isLive(alert)) parts.push(say("banner.firing_for", { wait_ms: stream.knownNow() - alert.pending_at }));
  return [...parts, hand(known, timezone)].join(" · ");
}

function group() {
  const head = el("h3", "alerts-part");
  const list = el("ul", "alerts-rows");
  return { head, list, node: el("section", "alerts-group", head, list) };
}

/** Puts the rows in order, moving only those out of place, so that what has the focus keeps it. */
function place(list, nodes) {
  for (const node of [...list.children]) if (!nodes.includes(node)) node.remove();
  nodes.forEach((node, index) => {
    if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null);
  });
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
