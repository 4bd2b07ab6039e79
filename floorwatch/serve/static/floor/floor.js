// The floor page: a tile a queue, trouble first.

import { live } from "../shell/alerts.js";
import { openPage } from "../shell/page.js";
import { bestGrid } from "./grid.js";
import { Order } from "./order.js";
import { Tile } from "./tile.js";

class Tiles {
  constructor(place) {
    this.place = place;
    this.tiles = new Map();
    this.order = new Order();
    new ResizeObserver(() => this.layOut()).observe(place);
  }

  update(stream) {
    const floor = stream.floor;
    if (!floor) return;
    for (const [name, tile] of this.tiles) {
      if (!floor.queues.some((queue) => queue.name === name)) {
        tile.node.remove();
        this.tiles.delete(name);
      }
    }
    const alerts = live(floor);
    const now = stream.knownNow();
    const shown = stream.state() !== "gone";
    for (const queue of floor.queues) {
      if (!this.tiles.has(queue.name)) this.tiles.set(queue.name, new Tile(queue.name));
      const alert = alerts.find((each) => each.labels.queue === queue.name);
      this.tiles.get(queue.name).update(queue, floor, alert, now, shown);
    }
    this.arrange(this.order.arrange(floor.queues, performance.now()));
  }

  /** Puts the tiles in order, moving only those out of place; what had the focus keeps it. */
  arrange(names) {
    const nodes = names.map((name) => this.tiles.get(name).node);
    const { children } = this.place;
    if (nodes.length === children.length && nodes.every((node, index) => children[index] === node)) return;
    const focused = document.activeElement;
    nodes.forEach((node, index) => {
      if (children[index] !== node) this.place.insertBefore(node, children[index] ?? null);
    });
    if (this.place.contains(focused)) focused.focus({ preventScroll: true });
    this.layOut();
  }

  /** The tiles of a last row that is not full share its whole width. */
  layOut() {
    const { children, clientWidth, clientHeight, style } = this.place;
    const count = children.length;
    const { columns, rows } = bestGrid(count, clientWidth, clientHeight);
    const last = count - columns * (rows - 1);
    style.setProperty("--tracks", columns * last);
    style.setProperty("--rows", rows);
    [...children].forEach((node, index) => {
      node.style.gridColumn = `span ${index < count - last ? last : columns}`;
    });
  }
}

openPage({
  name: "floor",
  build({ main }) {
    main.classList.add("tiles");
    const tiles = new Tiles(main);
    return (stream) => tiles.update(stream);
  },
});
