// The few things every part of the page does with the document.

const SVG = "http://www.w3.org/2000/svg";

/** An element with a class and children; strings become text, never markup: names come from outside. */
export function el(tag, className = "", ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** An SVG element with attributes. */
export function svg(tag, attributes = {}) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

/** Writes text only when it changed, so that a tick costs nothing where nothing ticked. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** The same for sentences, as `wordsOf` has them. */
export function setWords(node, text) {
  if (node.textContent !== asHeard(text)) node.replaceChildren(...wordsOf(text));
}

/** What is to be typed, without the marks around it. */
export const asHeard = (text) => text.replaceAll("`", "");

/** A number and its unit, an n, a date with its time; and what is to be typed, `so`. */
const UNBROKEN = /(`[^`]+`|\bn \d+|\d{4}-\d\d-\d\d \d\d:\d\d|\d+(?:\.\d+)? (?:%|(?:s|min|h|points?|agents?)\b|秒|分钟|小时))/;

/** Sentences for the page: what belongs together stays on one line; what is to be typed looks like it. */
export function wordsOf(text) {
  return text.split(UNBROKEN).map((part, index) => {
    if (index % 2 === 0) return part;
    return part.startsWith("`") ? el("code", "", part.slice(1, -1)) : el("span", "unbroken", part);
  });
}

/** A number that can be asked what it means: a click or Enter opens its card. */
export function figureButton(figure, className = "") {
  const button = el("button", `figure ${className}`.trim());
  button.type = "button";
  button.dataset.figure = figure;
  return button;
}

/** The same of a figure that is of no queue: `open(figure)` knows whose it is, which the page's own listener does not. */
export function ownFigure(figure, className, open) {
  const button = figureButton(figure, className);
  button.addEventListener("click", (event) => {
    event.stopPropagation();
    open(figure);
  });
  return button;
}

/** A button that does something. */
export function button(className, act) {
  const node = el("button", className);
  node.type = "button";
  node.addEventListener("click", act);
  return node;
}

const SHAPES = {
  breach: () => svg("rect", { x: 3, y: 3, width: 18, height: 18 }),
  critical: () => svg("rect", { x: 3, y: 3, width: 18, height: 18 }),
  emergency: () =>
    svg("path", {
      d: "M7.6 1.5 h8.8 L22.5 7.6 v8.8 L16.4 22.5 H7.6 L1.5 16.4 V7.6 Z M10.6 5.5 v8.5 h2.8 V5.5 Z M10.6 16 v2.8 h2.8 V16 Z",
      "fill-rule": "evenodd",
    }),
  warning: () => svg("path", { d: "M12 2.5 L22.5 21 H1.5 Z" }),
  small_sample: () =>
    svg("circle", { cx: 12, cy: 12, r: 8.8, fill: "none", stroke: "currentColor", "stroke-width": 2.4 }),
  fine: () => svg("circle", { cx: 12, cy: 12, r: 10 }),
  unknown: () => {
    const mark = svg("text", { x: 12, y: 20.5, "text-anchor": "middle", "font-size": 25, "font-weight": 700 });
    mark.textContent = "?";
    return mark;
  },
};

/** The shape of a verdict, ■ ▲ ○ ? ●, or of a severity, ▲ ■ and a stop sign: drawn, for fonts disagree on sizes. */
export function shape(verdict) {
  const picture = svg("svg", { viewBox: "0 0 24 24", class: "shape", "aria-hidden": "true", fill: "currentColor" });
  picture.append(SHAPES[verdict]());
  return picture;
}
