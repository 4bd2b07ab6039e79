// Alerts that can be heard: tones made here, another for each severity, and speech. Both are off until somebody on this
// screen turns them on, and stop when somebody has the alert, when nobody is to be told, or when the news is old.

import { inLanguage, isLoud, live, sentence } from "./alerts.js";
import { asHeard } from "./dom.js";
import { lang, say } from "./words.js";

/** [Hz, from, to] in seconds of each tone, and after how long they are heard again. */
const TONES = {
  warning: { every_ms: 60_000, notes: [[660, 0, 0.25], [528, 0.28, 0.6]] },
  critical: { every_ms: 20_000, notes: [[880, 0, 0.2], [660, 0.25, 0.45], [880, 0.5, 0.8]] },
  emergency: {
    every_ms: 5_000,
    notes: [[988, 0, 0.15], [1319, 0.18, 0.33], [988, 0.36, 0.51], [1319, 0.54, 0.69], [988, 0.72, 0.87], [1319, 0.9, 1.2]],
  },
};
const LOUDNESS = 0.3;
const FADE_S = 0.02;
const VOICES = { en: "en-US", zh: "zh-CN" };

export class Sound {
  constructor({ sound, speech }) {
    this.said = new Map();
    this.playedAt = -Infinity;
    this.played = "";
    this.set({ sound, speech });
    for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, () => this.unblock());
  }

  set({ sound, speech }) {
    this.sound = sound;
    this.speech = speech;
    if (sound && globalThis.AudioContext) this.context ??= new AudioContext(); // televisions may have none
    if (!sound) this.hush();
    if (!speech) globalThis.speechSynthesis?.cancel();
    this.unblock();
  }

  /** A browser lets a page sound only after a touch, unless it was started otherwise (docs/alerts.md). */
  isBlocked() {
    return this.sound && this.context !== undefined && this.context.state !== "running";
  }

  unblock() {
    if (this.isBlocked()) this.context.resume();
  }

  update(stream) {
    const loud = stream.state() === "live" ? live(stream.floor).filter(isLoud) : [];
    const [worst] = loud;
    if (!worst) this.hush();
    else if (this.sound && this.context) this.ring(worst.severity, performance.now());
    if (this.speech && globalThis.speechSynthesis) this.speak(loud);
  }

  /** The tones of the worst severity, at once when it changes, then as often as it asks for. */
  ring(severity, now) {
    const { every_ms, notes } = TONES[severity];
    if (this.isBlocked() || (severity === this.played && now - this.playedAt < every_ms)) return;
    this.hush();
    this.played = severity;
    this.playedAt = now;
    this.playing = notes.map((note) => this.tone(...note));
  }

  tone(hertz, from_s, to_s) {
    const start = this.context.currentTime;
    const tone = this.context.createOscillator();
    const gain = this.context.createGain();
    tone.frequency.value = hertz;
    // Faded in and out: a tone that begins or ends at once clicks.
    gain.gain.setValueAtTime(0, start + from_s);
    gain.gain.linearRampToValueAtTime(LOUDNESS, start + from_s + FADE_S);
    gain.gain.setValueAtTime(LOUDNESS, start + to_s - FADE_S);
    gain.gain.linearRampToValueAtTime(0, start + to_s);
    tone.connect(gain).connect(this.context.destination);
    tone.start(start + from_s);
    tone.stop(start + to_s);
    return tone;
  }

  hush() {
    for (const tone of this.playing ?? []) {
      tone.stop();
      tone.disconnect();
    }
    this.playing = [];
    this.played = "";
  }

  /** Each alert once, and once more when it gets worse; of many at a time the worst, and how many more there are. */
  speak(loud) {
    const news = loud.filter((alert) => this.said.get(alert.id) !== alert.severity);
    this.said = new Map(loud.map((alert) => [alert.id, alert.severity]));
    if (!news.length) {
      if (!loud.length) speechSynthesis.cancel();
      return;
    }
    const [first, ...others] = news;
    const parts = [say("speech.severity", { severity: say(`severity.${first.severity}`), text: sentence(first) })];
    parts.push(inLanguage(first.advice));
    if (others.length) parts.push(say("banner.more", { count: others.length }));
    const spoken = new SpeechSynthesisUtterance(asHeard(parts.filter(Boolean).join(" ")));
    spoken.lang = VOICES[lang()];
    speechSynthesis.speak(spoken);
  }
}
