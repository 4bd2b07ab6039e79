// The words of the page. Templates and definitions come from the server's one catalogue; here they are only filled,
// by the same rules as in floorwatch/metrics/phrases/ (a test holds the two together).

const UNKNOWN = "–";
let catalogue = { en: {}, zh: {} };
let definitions = {};
let language = "en";

export function lang() {
  return language;
}

export function setLang(next) {
  language = next === "zh" ? "zh" : "en";
  document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
}

export async function loadWords() {
  const [phrases, figures] = await Promise.all([fetched("/api/v1/phrases"), fetched("/api/v1/definitions")]);
  catalogue = phrases;
  definitions = figures;
}

async function fetched(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

const percentSign = () => (language === "zh" ? "%" : " %");
const trimmed = (value, decimals) => String(Number(value.toFixed(decimals)));

/** Cut, never rounded up: 79.96 % is not shown as the 80.0 % it has not reached. */
export function flooredPercent(ratio, decimals) {
  const scale = 10 ** decimals;
  return (Math.floor(ratio * 100 * scale + 1e-6) / scale).toFixed(decimals);
}

function clock(ms) {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  const minutes = Math.floor(seconds / 60);
  const two = (n) => String(n).padStart(2, "0");
  return minutes >= 60 ? `${Math.floor(minutes / 60)}h${two(minutes % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

function span(ms) {
  const [seconds, minutes, hours] = language === "zh" ? [" 秒", " 分钟", " 小时"] : [" s", " min", " h"];
  if (ms >= 3600000 && ms % 3600000 === 0) return ms / 3600000 + hours;
  if (ms > 120000 && ms % 60000 === 0) return ms / 60000 + minutes;
  return trimmed(ms / 1000, 3) + seconds;
}

const counted = (n, english, chinese) =>
  language === "zh" ? `${n} ${chinese}` : `${n} ${english}${n === 1 ? "" : "s"}`;

/** What may still happen is not called 0 %. */
function chance(ratio) {
  if (ratio > 0 && ratio < 0.01) return language === "zh" ? "不到 1%" : "under 1 %";
  return flooredPercent(ratio, 0) + percentSign();
}

/** A difference of two ratios, cut towards nothing. */
function points(difference) {
  const whole = Math.floor(Math.abs(difference) * 100 + 1e-6);
  return (whole === 0 ? "" : difference > 0 ? "+" : "−") + counted(whole, "point", "个百分点");
}

/** Who has done something; where nobody signs in that is somebody. */
const person = (name, english) => (name !== "anybody" ? name : language === "zh" ? "某人" : english);

const KINDS = {
  count: (value) => String(Math.trunc(value)),
  percent: (ratio) => flooredPercent(ratio, 0) + percentSign(),
  percent1: (ratio) => flooredPercent(ratio, 1) + percentSign(),
  chance,
  target: (ratio) => trimmed(ratio * 100, 2) + percentSign(),
  points,
  clock,
  span,
  agents: (value) => counted(Math.trunc(value), "agent", "名坐席"),
  contacts: (value) => counted(Math.trunc(value), "contact", "个联络"),
  person: (name) => person(name, "somebody"),
  Person: (name) => person(name, "Somebody"),
};

/** A value as the catalogue writes that kind; what is not known is a dash, never a zero. */
export function written(kind, value) {
  return value === null || value === undefined ? UNKNOWN : KINDS[kind](value);
}

/** Several in one line. */
export const listed = (words) => words.join(language === "zh" ? "、" : ", ");

/** The sentence `key` in the chosen language, filled with `values`. */
export function say(key, values = {}) {
  const template = catalogue[language]?.[key] ?? key;
  return template.replace(/\{(\w+)(?::(\w+))?\}/g, (_, name, kind) =>
    kind ? written(kind, values[name]) : String(values[name] ?? UNKNOWN),
  );
}

/** Whether the catalogue has a phrase: pause reasons and activities may be a site's own words. */
export function wordFor(prefix, name) {
  return catalogue[language]?.[`${prefix}.${name}`] ?? name;
}

/** What the server says in every language, in the chosen one; empty where it says nothing. */
export function inWords(said) {
  return said[language] ?? "";
}

/** Everything the catalogue says of a figure, in the chosen language. */
export function definition(id) {
  const figure = definitions[id];
  const changes = figure.changes.map((change) => ({ ...change, text: inWords(change.text) }));
  const [name, text, excludes] = [figure.name, figure.text, figure.excludes].map(inWords);
  return { ...figure, name, text, excludes, changes };
}

const clocks = new Map();

/** Time of day at the site: HH:MM, or HH:MM:SS. */
export function timeOfDay(ms, timeZone, withSeconds = false) {
  return formatted(ms, timeZone, withSeconds ? { second: "2-digit" } : {});
}

/** Day and time at the site: YYYY-MM-DD HH:MM. */
export function dayAndTime(ms, timeZone) {
  return formatted(ms, timeZone, { year: "numeric", month: "2-digit", day: "2-digit" });
}

function formatted(ms, timeZone, more) {
  const key = `${timeZone} ${Object.keys(more)}`;
  if (!clocks.has(key)) {
    const parts = { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...more };
    clocks.set(key, new Intl.DateTimeFormat(more.year ? "sv-SE" : "en-GB", parts));
  }
  return clocks.get(key).format(ms);
}
