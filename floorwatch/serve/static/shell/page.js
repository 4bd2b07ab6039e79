// What every page is made of: banner, way to the other pages, its own part in the middle, foot, definition card, and
// the one stream that feeds them all.

import { Card } from "../cards/card.js";
import { live } from "./alerts.js";
import { Banner } from "./banner.js";
import { Desk } from "./desk.js";
import { el } from "./dom.js";
import { Foot } from "./foot.js";
import { Keys } from "./keys.js";
import { Nav } from "./nav.js";
import { preference, remember } from "./preferences.js";
import { Sound } from "./sound.js";
import { Stream } from "./stream.js";
import { Television } from "./television.js";
import { lang, loadWords, setLang } from "./words.js";

const RENDER_MS = 250;
const root = document.documentElement;

function setTheme(theme) {
  root.dataset.theme = theme === "light" ? "light" : "dark";
}

function part(tag, name) {
  const node = el(tag, name);
  node.id = name;
  return node;
}

/**
 * Opens a page.
 *
 * `name`: of the page, as `nav.NAME` in the catalogue. `address`: of its stream. `build(shell)` is called once, with
 * the words there, and returns `render(stream)`, which is called after every picture and four times a second: it
 * reads `stream.floor` (null before the first picture), `stream.extra` (what this page's stream has besides) and
 * `stream.state()`.
 */
export function openPage({ name, address = "/events", build }) {
  root.dataset.page = name;
  setLang(preference("lang", navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en"));
  setTheme(preference("theme", "dark")); // a wall is dark; most televisions claim to prefer light
  const television = new Television(name);

  const main = document.getElementById("page");
  const ribbon = part("p", "ribbon");
  ribbon.hidden = true;
  const [header, nav, footer] = [part("header", "banner"), part("nav", "nav"), part("footer", "foot")];
  const dialog = part("dialog", "card");
  dialog.setAttribute("aria-labelledby", "card-title");
  main.before(ribbon, header);
  main.after(footer, nav, dialog);

  let stream = null;
  let draw = null;
  const render = () => stream && draw && renderAll();

  const desk = new Desk(render);
  const sound = new Sound({ sound: preference("sound", "0") === "1", speech: preference("speech", "0") === "1" });
  const shell = {
    main,
    desk,
    sound,
    render,
    setSound(wish) {
      sound.set(wish);
      for (const [each, isOn] of Object.entries(wish)) remember(each, isOn ? "1" : "0");
      render();
    },
    /**
     * Opens the definition card of a figure; `queue` null for one of the whole floor. Of a figure that no queue has,
     * `shown(stream)` says whose it is, what is shown, and of when, if that is not the picture: {subject, value, as_of}.
     */
    openCard: (figure, queue, shown = null) => card.open(figure, queue, stream, shown),
    /** Of a page that shows itself in parts: `turn()` shows the next and says whether there was one. */
    inParts(turn) {
      television.turn = turn;
    },
    /** Which of its parts is shown, as ○ ● ○. */
    markPart: (part, parts) => foot.mark(part, parts),
  };
  const banner = new Banner(header, ribbon, { desk, sound });
  const ways = new Nav(nav, name);
  new Keys(document.body, { nav: ways, sound, setSound: shell.setSound, stops: main });
  const card = new Card(dialog);
  const foot = new Foot(footer, {
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

  function renderAll() {
    if (root.dataset.state !== stream.state()) root.dataset.state = stream.state(); // each writing styles all anew
    banner.update(stream);
    sound.update(stream);
    ways.update(stream.floor);
    foot.update(stream, root.dataset.theme);
    draw(stream);
    card.update(stream);
    television.update(stream.floor);
    if (stream.floor) entitle(stream.floor);
  }

  function entitle(floor) {
    const told = live(floor).filter((alert) => alert.muted === null).length;
    const title = `${told ? `(${told}) ` : ""}${floor.site} – floorwatch`;
    if (document.title !== title) document.title = title;
  }

  document.addEventListener("click", (event) => {
    const figure = event.target.closest("[data-figure]");
    if (!figure || !stream?.floor) return;
    shell.openCard(figure.dataset.figure, figure.closest("[data-queue]")?.dataset.queue ?? null);
  });

  async function start() {
    try {
      await loadWords();
    } catch {
      setTimeout(start, 2_000); // the server is not up yet: the page was opened from a cache
      return;
    }
    draw = build(shell);
    stream = new Stream(address, render);
    render();
    desk.watch();
    setInterval(render, RENDER_MS);
    television.start(stream);
  }

  start();
}
