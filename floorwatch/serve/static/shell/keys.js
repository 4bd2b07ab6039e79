// The keyboard: to the pages, from tile to tile, and what the keys are.

import { button, el, setText } from "./dom.js";
import { PAGES } from "./nav.js";
import { say } from "./words.js";

const LETTERS = { f: "floor", q: "queue", a: "agents", l: "alerts", e: "feeds", s: "shift" };
const HELP = [
  [["F", "Q", "A", "L", "E", "S", "or", "1", "–", "6"], "keys.pages"],
  [["←", "→"], "keys.through"],
  [["Enter"], "keys.open"],
  [["Esc"], "keys.close"],
  [["M"], "keys.mute"],
  [["?"], "keys.help"],
];
const ARROWS = { ArrowLeft: -1, ArrowRight: 1 };
const TOAST_MS = 2_500;

export class Keys {
  /** `place`: where toast and help go; `stops`: the part of the page in which arrows go from one `data-stop` to the next. */
  constructor(place, { nav, sound, setSound, stops }) {
    this.nav = nav;
    this.sound = sound;
    this.setSound = setSound;
    this.stops = stops;
    this.help = el("dialog", "keys");
    this.toast = el("p", "toast");
    this.toast.setAttribute("role", "status");
    place.append(this.help, this.toast);
    this.help.addEventListener("click", (event) => event.target === this.help && this.help.close());
    addEventListener("keydown", (event) => this.press(event));
  }

  press(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return; // its own keys: Esc, Tab, Enter
    const { key } = event;
    const page = LETTERS[key.toLowerCase()] ?? PAGES[Number(key) - 1];
    if (key in ARROWS && !this.step(ARROWS[key])) return; // a page without stops has its own use for them
    if (page) this.nav.open(page);
    else if (key.toLowerCase() === "m") this.mute();
    else if (key === "?") this.explain();
    else if (!(key in ARROWS)) return;
    event.preventDefault();
  }

  /** From the stop that has the focus, or shares its tile with what has it, to the next one; whether there is any. */
  step(by) {
    const stops = [...this.stops.querySelectorAll("[data-stop]")].filter((stop) => stop.checkVisibility());
    if (!stops.length) return false;
    const focused = document.activeElement;
    const group = focused?.closest("[data-queue]");
    const at = stops.findIndex((stop) => stop === focused || (group && stop.closest("[data-queue]") === group));
    const next = at < 0 ? (by > 0 ? 0 : stops.length - 1) : (at + by + stops.length) % stops.length;
    stops[next].focus();
    stops[next].closest("[data-queue]")?.scrollIntoView({ block: "nearest" });
    return true;
  }

  /** Quiet at once; the same key brings back what was heard before. */
  mute() {
    const { sound, speech } = this.sound;
    const isOn = sound || speech;
    if (isOn) this.heard = { sound, speech };
    this.setSound(isOn ? { sound: false, speech: false } : (this.heard ?? { sound: true, speech: false }));
    this.say(say(isOn ? "toast.sound_off" : "toast.sound_on"));
  }

  say(words) {
    setText(this.toast, words);
    clearTimeout(this.fading);
    this.fading = setTimeout(() => setText(this.toast, ""), TOAST_MS);
  }

  explain() {
    const title = el("h2", "card-title", say("keys.title"));
    title.id = "keys-title";
    this.help.setAttribute("aria-labelledby", title.id);
    const lines = HELP.flatMap(([keys, words]) => [
      el("dt", "", ...keys.map((key) => (key === "or" ? ` ${say("keys.or")} ` : key === "–" ? "– " : el("kbd", "", key)))),
      el("dd", "", say(words)),
    ]);
    const close = button("action", () => this.help.close());
    close.textContent = say("control.close");
    this.help.replaceChildren(title, el("dl", "keys-list", ...lines), close);
    this.help.showModal();
  }
}

const isTyping = (node) => node instanceof Element && node.closest("input, textarea, select, [contenteditable]") !== null;
