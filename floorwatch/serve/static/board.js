// The wallboard: wires the stream to the banner, the tiles, the foot and the definition card.

import { AlertList } from "./alert_list.js";
import { live } from "./alerts.js";
import { Banner } from "./banner.js";
import { Card } from "./card.js";
import { Desk } from "./desk.js";
import { Foot } from "./foot.js";
import { bestGrid } from "./grid.js";
import { Order } from "./order.js";
import { Sound } from "./sound.js";
import { Stream } from "./stream.js";
import { Tile } from "./tile.js";
import { lang, loadWords, setLang } from "./words.js";

const root = document.documentElement;
const asked = new URLSearchParams(location.search);
const tiles = new Map();
const order = new Order();
const place = document.getElementById("tiles");

/** What was chosen in the address, else on this screen before, else `otherwise`. */
function preference(name, otherwise) {
  try {
    return asked.get(name) ?? localStorage.getItem(`floorwatch.${name}`) ?? otherwise;
  } catch {
    return asked.get(name) ?? otherwise; // storage may be forbidden on a kiosk
  }
}

function remember(name, value) {
  try {
    localStorage.setItem(`floorwatch.${name}`, value);
  } catch {
    // then it is chosen again next time
  }
}

function setTheme(theme) {
  root.dataset.theme = theme === "light" ? "light" : "dark";
}

function setSound(wish) {
  sound.set(wish);
  for (const [name, isOn] of Object.entries(wish)) remember(name, isOn ? "1" : "0");
  render();
}

setLang(preference("lang", navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en"));
setTheme(preference("theme", "dark")); // a wall is dark; most televisions claim to prefer light
if (asked.get("tv") === "1") root.dataset.tv = "1";

const desk = new Desk(() => stream && render());
const sound = new Sound({ sound: preference("sound", "0") === "1", speech: preference("speech", "0") === "1" });
const list = new AlertList(document.getElementById("alerts"), { desk, sound, setSound });
const banner = new Banner(document.getElementById("banner"), document.getElementById("ribbon"), {
  desk,
  sound,
  openList: () => list.open(stream),
});
const card = new Card(document.getElementById("card"));
const foot = new Foot(document.getElementById("foot"), {
  language() {
    setLang(lang() === "zh" ? "en" : "zh");
    remember("lang", lang());
    render();
  },
  theme() {
    setTheme(root.dataset.theme === "dark" ? "light" : "dark");
    remember("theme", root.dataset.theme);
    render();
  },
});

let stream = null;

function render() {
  root.dataset.state = stream.state();
  banner.update(stream);
  sound.update(stream);
  list.update(stream);
  foot.update(stream, root.dataset.theme);
  if (stream.floor) renderTiles(stream.floor);
  card.update(stream);
}

function renderTiles(floor) {
  for (const name of [...tiles.keys()]) {
    if (!floor.queues.some((queue) => queue.name === name)) {
      tiles.get(name).node.remove();
      tiles.delete(name);
    }
  }
  const alerts = live(floor);
  const told = alerts.filter((alert) => alert.muted === null).length;
  const now = stream.knownNow();
  const shown = stream.state() !== "gone";
  for (const queue of floor.queues) {
    if (!tiles.has(queue.name)) tiles.set(queue.name, new Tile(queue.name));
    tiles.get(queue.name).update(queue, floor, alerts.find((alert) => alert.labels.queue === queue.name), now, shown);
  }
  arrange(order.arrange(floor.queues, performance.now()));
  document.title = `${told ? `(${told}) ` : ""}${floor.site} – floorwatch`;
}

/** Puts the tiles in order, moving only those out of place; what had the focus keeps it. */
function arrange(names) {
  const nodes = names.map((name) => tiles.get(name).node);
  if (nodes.length === place.children.length && nodes.every((node, index) => place.children[index] === node)) return;
  const focused = document.activeElement;
  nodes.forEach((node, index) => {
    if (place.children[index] !== node) place.insertBefore(node, place.children[index] ?? null);
  });
  if (place.contains(focused)) focused.focus({ preventScroll: true });
  layOut();
}

/** The tiles of a last row that is not full share its whole width. */
function layOut() {
  const count = place.children.length;
  const { columns, rows } = bestGrid(count, place.clientWidth, place.clientHeight);
  const last = count - columns * (rows - 1);
  place.style.setProperty("--tracks", columns * last);
  place.style.setProperty("--rows", rows);
  [...place.children].forEach((node, index) => {
    node.style.gridColumn = `span ${index < count - last ? last : columns}`;
  });
}

document.addEventListener("click", (event) => {
  const figure = event.target.closest("[data-figure]");
  if (!figure || !stream?.floor) return;
  card.open(figure.dataset.figure, figure.closest("[data-queue]")?.dataset.queue ?? null, stream);
});

/** Long nights: the picture wanders by a few pixels so that nothing burns in. */
function wander(step) {
  const path = [[0, 0], [2, 0], [2, 2], [0, 2]];
  const [x, y] = path[step % path.length];
  document.body.style.translate = `${x}px ${y}px`;
  setTimeout(() => wander(step + 1), 180_000);
}

async function start() {
  try {
    await loadWords();
  } catch {
    setTimeout(start, 2_000); // the server is not up yet: the page was opened from a cache
    return;
  }
  stream = new Stream(render);
  new ResizeObserver(layOut).observe(place);
  render();
  desk.watch();
  setInterval(render, 250);
  if (root.dataset.tv) wander(0);
}

start();
