// The intervals of the day as a table: every number of the chart, and those that it does not draw.

import { el, figureButton, setText } from "../shell/dom.js";
import { definition, lang, listed, say } from "../shell/words.js";
import { COLUMNS, marksOf, sampleWords, timesOf } from "./readout.js";

class Row {
  constructor(chosen) {
    this.time = el("th", "row-time");
    this.time.scope = "row";
    this.time.addEventListener("click", () => chosen(this.start));
    this.cells = COLUMNS.map(({ figure }) => {
      const [value, sample] = [el("span", "cell-value"), el("span", "cell-n")];
      const node = el("td", "cell", value, sample);
      node.dataset.figure = figure;
      return { node, value, sample };
    });
    this.marks = el("td", "row-marks");
    this.node = el("tr", "row", this.time, ...this.cells.map(({ node }) => node), this.marks);
  }

  update(row, floor, chosen) {
    this.start = row.start;
    this.node.classList.toggle("row-chosen", row.start === chosen);
    const key = JSON.stringify([row, lang()]);
    if (key === this.written) return;
    this.written = key;
    this.node.dataset.state = row.state;
    this.node.classList.toggle("row-gap", row.incomplete || row.state === "lost");
    setText(this.time, timesOf(row, floor.timezone));
    this.cells.forEach(({ value, sample }, index) => {
      const shown = COLUMNS[index].of(row);
      setText(value, shown.value);
      setText(sample, sampleWords(shown.n));
    });
    setText(this.marks, listed(marksOf(row)));
  }
}

export class Table {
  /** `chosen` is called with the start of the interval whose time is clicked. */
  constructor(chosen) {
    this.chosen = chosen;
    this.rows = [];
    this.caption = el("caption", "heard");
    this.time = el("th", "");
    this.time.scope = "col";
    this.heads = COLUMNS.map(({ figure }) => figureButton(figure, "head-button"));
    this.marks = el("th", "");
    const heads = this.heads.map((button) => {
      const head = el("th", "", button);
      head.scope = "col";
      return head;
    });
    this.body = el("tbody");
    const table = el("table", "intervals", this.caption, el("thead", "", el("tr", "", this.time, ...heads, this.marks)), this.body);
    this.node = el("div", "intervals-frame", table);
    this.node.tabIndex = 0;
    this.node.setAttribute("role", "region");
  }

  update(rows, floor, chosen) {
    this.words();
    if (this.rows.length > rows.length) this.rows.splice(rows.length).forEach(({ node }) => node.remove());
    while (this.rows.length < rows.length) {
      const row = new Row(this.chosen);
      this.rows.push(row);
      this.body.append(row.node);
    }
    rows.forEach((row, index) => this.rows[index].update(row, floor, chosen));
  }

  words() {
    if (this.worded === lang()) return;
    this.worded = lang();
    setText(this.caption, say("interval.caption"));
    this.node.setAttribute("aria-label", say("interval.caption"));
    setText(this.time, say("interval.time"));
    setText(this.marks, say("interval.marks"));
    COLUMNS.forEach(({ key, figure }, index) => {
      setText(this.heads[index], say(key));
      this.heads[index].title = definition(figure).name;
    });
  }
}
