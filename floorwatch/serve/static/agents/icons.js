// A drawing for each activity, so that none is known by its colour alone.

import { svg } from "../shell/dom.js";

const STROKE = { fill: "none", stroke: "currentColor", "stroke-width": 2.6, "stroke-linecap": "round" };
const path = (d, more = {}) => svg("path", { d, ...more });
const line = (d) => path(d, { ...STROKE, "stroke-linejoin": "round" });

const DRAWINGS = {
  talking: () => [path("M3 3 H21 V16 H12 L6.5 21 V16 H3 Z")],
  on_hold: () => [line("M3.5 4 H20.5 V16 H12 L6.5 20.5 V16 H3.5 Z M10 7.5 V12.5 M14.5 7.5 V12.5")],
  alerting: () => [path("M12 2 C7 2 6 6 6 11 L3.5 17 H20.5 L18 11 C18 6 17 2 12 2 Z M9 19 H15 A3 3 0 0 1 9 19 Z")],
  wrap_up: () => [path("M3 21 L4.5 15.5 L16 4 L20 8 L8.5 19.5 Z")],
  busy: () => [path("M3 3 H21 V16 H12 L6.5 21 V16 H3 Z M7 8 V11 H17 V8 Z", { "fill-rule": "evenodd" })],
  available: () => [svg("circle", { cx: 12, cy: 12, r: 8.6, ...STROKE }), line("M8 12.4 L11 15.4 L16.4 9")],
  paused: () => [path("M5 3 H10 V21 H5 Z M14 3 H19 V21 H14 Z")],
  unreachable: () => [line("M4 4 L20 20 M20 4 L4 20")],
  offline: () => [line("M12 3 V11 M6.5 6.5 A8 8 0 1 0 17.5 6.5")],
  unknown: () => {
    const mark = svg("text", { x: 12, y: 20.5, "text-anchor": "middle", "font-size": 25, "font-weight": 700 });
    mark.textContent = "?";
    return [mark];
  },
};

/** The drawing of an activity; of one that is not known here, that of `unknown`. */
export function icon(activity) {
  const picture = svg("svg", { viewBox: "0 0 24 24", class: "shape", "aria-hidden": "true", fill: "currentColor" });
  picture.append(...(DRAWINGS[activity] ?? DRAWINGS.unknown)());
  return picture;
}
