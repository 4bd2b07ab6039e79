// A list of figures: each with its name from the catalogue, its value, and its definition card.

import { el, ownFigure, setText } from "../shell/dom.js";
import { definition } from "../shell/words.js";

export class Figures {
  /** `figures`: [id in the catalogue, value(what, stream)]; `subject(what)` says whose they are. */
  constructor(figures, subject, openCard) {
    this.rows = figures.map(([figure, value]) => {
      const name = el("dt");
      const shown = (stream) => ({ subject: subject(this.what), value: value(this.what, stream) });
      const button = ownFigure(figure, "feed-value", () => openCard(figure, null, shown));
      return { figure, value, name, button, node: el("div", "feed-figure", name, el("dd", "", button)) };
    });
    this.node = el("dl", "feed-figures", ...this.rows.map(({ node }) => node));
  }

  update(what, stream) {
    this.what = what;
    for (const { figure, value, name, button } of this.rows) {
      setText(name, definition(figure).name);
      setText(button, value(what, stream));
    }
  }
}
