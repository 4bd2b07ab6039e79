// What a card says of what lies ahead: the band of a projection, and what stands beside the agents needed.

import { flooredPercent, definition, say, timeOfDay, written } from "../shell/words.js";

/** [term, value] of each fact beside a figure of what lies ahead; none of any other. */
export function ahead(figure, queue, floor) {
  if (figure.startsWith("projection") && queue.projection) return [band(queue.projection, floor)];
  if (figure === "required_agents") return needed(queue, floor);
  return [];
}

function band({ projection_low, projection_high, until }, floor) {
  const [low, high] = [projection_low, projection_high].map((ratio) => flooredPercent(ratio, 1));
  return [say("card.band"), say("card.band_of", { low, high, time: timeOfDay(until, floor.timezone) })];
}

/** Who is here, who of them is busy elsewhere, and what it takes to reach the target still. */
function needed({ present, elsewhere, outlook }, floor) {
  const rows = [
    ["present", written("count", present)],
    ["elsewhere", written("count", elsewhere)],
  ];
  if (outlook && !outlook.missing) {
    const { agents_needed } = outlook;
    rows.push(["agents_to_recover", agents_needed === null ? say("why.never") : written("count", agents_needed)]);
    if (outlook.no_return_at !== null) rows.push(["no_return", timeOfDay(outlook.no_return_at, floor.timezone)]);
  }
  return rows.map(([id, value]) => [definition(id).name, value]);
}

/** How many are here of how many needed, in one phrase. */
export const hereOfNeeded = ({ present, outlook }) =>
  outlook?.required == null ? written("count", present) : say("tile.here_needed", { present, required: outlook.required });

/** The projection as it stands on a tile. */
export function projectionWords({ projection }, floor) {
  if (projection === null) return say("tile.no_projection");
  return `${say("tile.projected", projection)} ${bandWords(projection, floor)}`;
}

/** Its band, and the time it speaks of. */
export function bandWords({ projection_low, projection_high, until }, floor) {
  const [low, high] = [projection_low, projection_high].map((ratio) => flooredPercent(ratio, 0));
  return say("tile.projected_band", { low, high, time: timeOfDay(until, floor.timezone) });
}
