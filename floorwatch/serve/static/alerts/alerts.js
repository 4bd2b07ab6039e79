// The alerts page: what fires now and what is over, what can be done about it, the timeline, and each alert's story.
// `/alerts#ID` opens one alert; `?severity=`, `?queue=` and `?rule=` choose some.

import { button, el, setText } from "../shell/dom.js";
import { openPage } from "../shell/page.js";
import { say } from "../shell/words.js";
import { AlertList } from "./alert_list.js";
import { Filters } from "./filters.js";
import { OnCallNow } from "./oncall.js";
import { Past } from "./past.js";
import { Timeline } from "./timeline.js";

const HOURS_MAX = 24;

/** The id of the alert in the address; written by hand it may hold a bare percent sign. */
function wanted() {
  const hash = location.hash.slice(1);
  try {
    return decodeURIComponent(hash);
  } catch {
    return hash;
  }
}

/** The head of the page: its name, and what this screen sounds like. */
function headOf({ desk, sound, setSound }) {
  const title = el("h1", "alerts-title");
  const sounds = button("foot-control", () => setSound({ sound: !sound.sound, speech: sound.speech }));
  const speaks = button("foot-control", () => setSound({ sound: sound.sound, speech: !sound.speech }));
  const signIn = el("a", "alerts-sign-in");
  signIn.href = "/sign-in";
  const trouble = el("p", "action-trouble");
  trouble.setAttribute("role", "alert");
  const node = el("header", "alerts-head", title, signIn, sounds, speaks);
  return {
    node,
    trouble,
    update() {
      setText(title, say("alerts.title"));
      setText(sounds, say(sound.sound ? "sound.on" : "sound.off"));
      setText(speaks, say(sound.speech ? "speech.on" : "speech.off"));
      sounds.setAttribute("aria-pressed", String(sound.sound));
      speaks.setAttribute("aria-pressed", String(sound.speech));
      setText(signIn, say("act.sign_in"));
      signIn.hidden = desk.may.size > 0;
      setText(trouble, desk.trouble);
    },
  };
}

/** Finds the alert of the address: opens its story, marks it, and goes there once. */
class Finder {
  constructor({ list, past, filters, render }) {
    this.list = list;
    this.past = past;
    this.filters = filters;
    this.missing = el("p", "alerts-missing");
    this.missing.setAttribute("role", "status");
    this.start = () => {
      this.id = wanted();
      render();
    };
    this.id = wanted();
    addEventListener("hashchange", this.start);
  }

  update(all) {
    if (!this.id) return;
    const row = this.list.row(this.id);
    setText(this.missing, "");
    if (row) this.go(row);
    else if (all.some((alert) => alert.id === this.id)) this.filters.clear();
    else if (this.past.reaches < HOURS_MAX && this.past.hours < HOURS_MAX) this.past.look(HOURS_MAX);
    else if (this.past.reaches === HOURS_MAX) this.giveUp();
  }

  go(row) {
    this.id = "";
    for (const other of this.list.items.values()) other.node.classList.toggle("alert-marked", other === row);
    if (!document.documentElement.dataset.tv) row.story.open();
    row.node.scrollIntoView({ block: "center" });
    row.node.focus({ preventScroll: true });
  }

  giveUp() {
    this.id = "";
    setText(this.missing, say("alerts.not_there"));
  }
}

openPage({
  name: "alerts",
  address: "/events",
  build(shell) {
    const { main, desk, render, openCard } = shell;
    const past = new Past(render);
    const filters = new Filters(past, render);
    const list = new AlertList({ desk, past, openCard });
    const timeline = new Timeline();
    const head = headOf(shell);
    const rotas = new OnCallNow();
    const finder = new Finder({ list, past, filters, render });
    const page = el(
      "div", "alerts-page", el("div", "alerts-top", head.node, filters.node, rotas.node), head.trouble, finder.missing,
      el("div", "alerts-now", list.node), el("div", "alerts-past", timeline.node),
    );
    main.append(page);

    return (stream) => {
      head.update();
      if (!stream.floor) return;
      past.update(stream);
      rotas.update(past.rotas, stream);
      const all = past.merged(stream.floor, stream.knownNow());
      filters.update(all);
      const chosen = all.filter((alert) => filters.isChosen(alert));
      list.update(all, chosen, stream);
      timeline.update(chosen, past.stories, past.hours, stream);
      finder.update(all);
    };
  },
});
