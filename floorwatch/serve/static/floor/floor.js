// The floor page: a tile a queue, trouble first. On a television, many queues take turns.

import { live } from "../shell/alerts.js";
import { inAddress } from "../shell/preferences.js";
import { openPage } from "../shell/page.js";
import { lang } from "../shell/words.js";
import { bestGrid, pagesOf } from "./grid.js";
import { Order } from "./order.js";
import { Tile, verdictShown } from "./tile.js";

const OUT_OF_SIGHT_MAX = 25;

class Tiles {
  constructor(place, markPart) {
    this.place = place;
    this.markPart = markPart;
    this.inTurns = inAddress("tv") === "1";
    this.tiles = new Map();
    this.order = new Order();
    this.names = [];
    this.page = 0;
    new ResizeObserver(() => this.layOut()).observe(place);
  }

  update(stream) {
    const floor = stream.floor;
    if (!floor) return;
    const queues = new Map(floor.queues.map((queue) => [queue.name, queue]));
    for (const [name, tile] of this.tiles) {
      if (!queues.has(name)) {
        tile.node.remove();
        this.tiles.delete(name);
      }
    }
    this.draw(stream, floor, firingSince(floor));
    const isUrgent = this.breaks(floor) && this.pages > 1;
    if (isUrgent) this.page = 0;
    this.arrange(this.order.arrange(floor.queues, performance.now(), isUrgent));
  }

  /**
   * Each tile whose queue, or what all of them depend on, has changed since it was drawn; the others only tick. Of tiles
   * out of sight, so many at a time, those drawn longest ago first: 500 are through within four seconds.
   */
  draw(stream, floor, since) {
    const now = stream.knownNow();
    const shown = stream.state() !== "gone";
    const common = `${lang()} ${shown} ${Math.floor(floor.at / 60_000)} ${alertKey(floor.alerts)}`;
    const later = [];
    for (const [index, queue] of floor.queues.entries()) {
      if (!this.tiles.has(queue.name)) this.tiles.set(queue.name, new Tile(queue.name));
      const tile = this.tiles.get(queue.name);
      const key = `${stream.changedAt(index)} ${common}`;
      const update = () => tile.update(queue, floor, since.get(queue.name) ?? null, now, shown, key);
      if (tile.isOutOfSight && tile.verdict === verdictShown(queue, shown)) later.push({ tile, key, update });
      else if (tile.drawn !== key) update();
      else tile.tick(queue, now, shown);
    }
    const changed = later.filter(({ tile, key }) => tile.drawn !== key);
    changed.sort((one, other) => one.tile.drawnAt - other.tile.drawnAt);
    for (const { update } of changed.slice(0, OUT_OF_SIGHT_MAX)) update();
  }

  /** Whether a queue has just broken: then it is seen at once, whichever tiles have their turn. */
  breaks(floor) {
    const before = this.broken;
    this.broken = new Set(floor.queues.filter((queue) => queue.verdict === "breach").map((queue) => queue.name));
    return before !== undefined && [...this.broken].some((name) => !before.has(name));
  }

  /** Puts the tiles in order, moving only those out of place; what had the focus keeps it. */
  arrange(names) {
    const { pages, each } = pagesOf(names.length, this.inTurns);
    this.pages = pages;
    if (this.page >= pages) this.page = 0;
    const shown = names.slice(this.page * each, (this.page + 1) * each);
    const nodes = shown.map((name) => this.tiles.get(name).node);
    const { children } = this.place;
    this.each = each;
    if (this.marked !== `${this.page} ${pages} ${lang()}`) this.markPart(this.page, pages);
    this.marked = `${this.page} ${pages} ${lang()}`;
    this.names = names;
    if (nodes.length === children.length && nodes.every((node, index) => children[index] === node)) return;
    const focused = document.activeElement;
    nodes.forEach((node, index) => {
      if (children[index] !== node) this.place.insertBefore(node, children[index] ?? null);
    });
    while (children.length > nodes.length) children[nodes.length].remove();
    if (this.place.contains(focused)) focused.focus({ preventScroll: true });
    this.layOut();
  }

  show(page) {
    this.page = page;
    this.arrange(this.names);
  }

  /** The next page of tiles, and whether there was one; after the last the first again, for who comes back. */
  turn() {
    const isLast = this.page + 1 >= this.pages;
    this.show(isLast ? 0 : this.page + 1);
    return !isLast;
  }

  /** The tiles of a last row that is not full share its whole width. */
  layOut() {
    const { children, clientWidth, clientHeight, style } = this.place;
    const count = children.length;
    const { columns, rows } = bestGrid(Math.max(count, this.pages > 1 ? this.each : 0), clientWidth, clientHeight);
    const last = count - columns * (Math.ceil(count / columns) - 1);
    style.setProperty("--tracks", columns * last);
    style.setProperty("--rows", rows);
    [...children].forEach((node, index) => {
      node.style.gridColumn = `span ${index < count - last ? last : columns}`;
    });
  }
}

/** Queue to when the first of its live alerts fired. */
function firingSince(floor) {
  const since = new Map();
  for (const { labels, fired_at } of live(floor)) {
    since.set(labels.queue, Math.min(fired_at, since.get(labels.queue) ?? fired_at));
  }
  return since;
}

/** What a tile shows of alerts: since when, and until when. */
const alertKey = (alerts) => alerts.map(({ id, fired_at, resolved_at }) => `${id} ${fired_at} ${resolved_at}`).join();

openPage({
  name: "floor",
  build({ main, inParts, markPart }) {
    main.classList.add("tiles");
    const tiles = new Tiles(main, markPart);
    inParts(() => tiles.turn());
    return (stream) => tiles.update(stream);
  },
});
