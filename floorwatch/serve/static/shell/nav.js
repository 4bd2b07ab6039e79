// The way from page to page. A television has none: it shows one.

import { el, setText } from "./dom.js";
import { say } from "./words.js";

const PAGES = [["floor", "/"], ["agents", "/agents"], ["alerts", "/alerts"], ["feeds", "/feeds"]];

export class Nav {
  /** `current`: the name of the page that is open. */
  constructor(node, current) {
    this.links = PAGES.map(([name, address]) => {
      const link = el("a", "nav-link");
      link.href = address;
      if (name === current) link.setAttribute("aria-current", "page");
      return { name, link };
    });
    node.append(...this.links.map(({ link }) => link));
    this.node = node;
  }

  update() {
    this.node.setAttribute("aria-label", say("nav.label"));
    for (const { name, link } of this.links) setText(link, say(`nav.${name}`));
  }
}
