// How many tiles side by side: the arrangement in which a tile is largest, as long as it can be read.

const IDEAL = 1.5; // width to height of a comfortable tile: the level beside the waits
const LEAST = { width: 280, height: 170 };
const PHONE = 640;
const PAGE_MAX = 12; // tiles of which the level can be read from five metres

/** Columns and rows for `count` tiles on a place of `width` by `height` pixels. */
export function bestGrid(count, width, height) {
  if (width < PHONE || count === 0) return { columns: 1, rows: Math.max(1, count) };
  let best = null;
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const tileWidth = width / columns;
    if (columns > 1 && tileWidth < LEAST.width) break;
    const tileHeight = Math.max(LEAST.height, height / rows);
    const scrolled = Math.max(0, tileHeight * rows - height); // the less is out of sight the better, whatever the size
    const size = Math.min(tileWidth / IDEAL, tileHeight) - 1_000 * scrolled;
    if (best === null || size > best.size) best = { columns, rows, size };
  }
  return best;
}

/** Into how many pages of how many tiles `count` tiles go: as even as can be where they take turns, else all on one. */
export function pagesOf(count, inTurns) {
  const pages = inTurns ? Math.max(1, Math.ceil(count / PAGE_MAX)) : 1;
  return { pages, each: Math.ceil(count / pages) };
}
