// What of the alerts is looked at: how grave, about what, by which rule, and how far back.

import { inAddress } from "../shell/preferences.js";
import { subject } from "../shell/alerts.js";
import { button, el, setText } from "../shell/dom.js";
import { say, wordFor, written } from "../shell/words.js";

const SEVERITIES = ["emergency", "critical", "warning"];
const HOURS = [1, 8, 24];

export class Filters {
  /** `past` is told how far back; `changed` is called when anything is chosen. */
  constructor(past, changed) {
    this.past = past;
    this.severity = choice("severity", changed);
    this.subject = choice("queue", changed);
    this.rule = choice("rule", changed);
    this.hours = HOURS.map((hours) => {
      const node = button("foot-control hours-choice", () => {
        past.look(hours);
        changed();
      });
      return { hours, node };
    });
    this.back = el("div", "hours", ...this.hours.map(({ node }) => node));
    this.back.setAttribute("role", "group");
    this.node = el("div", "filters", this.severity.label, this.subject.label, this.rule.label, this.back);
    this.node.setAttribute("role", "group");
  }

  /** `alerts`: all there are, whether chosen or not. */
  update(alerts) {
    this.node.setAttribute("aria-label", say("alerts.chosen"));
    this.back.setAttribute("aria-label", say("alerts.back"));
    this.severity.offer(say("alerts.severity"), SEVERITIES.map((name) => [name, say(`severity.${name}`)]));
    this.subject.offer(say("alerts.subject"), named(alerts.map(subject), (name) => name));
    this.rule.offer(say("alerts.rule"), named(alerts.map(({ rule }) => rule), (name) => wordFor("rule_name", name)));
    for (const { hours, node } of this.hours) {
      setText(node, written("span", hours * 3_600_000));
      node.setAttribute("aria-pressed", String(hours === this.past.hours));
    }
  }

  isChosen(alert) {
    return (
      this.severity.fits(alert.severity) && this.subject.fits(subject(alert)) && this.rule.fits(alert.rule)
    );
  }

  clear() {
    for (const one of [this.severity, this.subject, this.rule]) one.clear();
  }
}

const named = (names, word) => [...new Set(names)].sort().map((name) => [name, word(name)]);

/** One choice; what was chosen stays on offer, although no alert is of it just now. */
function choice(name, changed) {
  const select = el("select", "filter-choice");
  const word = el("span");
  const label = el("label", "filter", word, select);
  let wanted = inAddress(name) ?? "";
  let offered = "";
  select.addEventListener("change", () => {
    wanted = select.value;
    changed();
  });
  return {
    select,
    label,
    clear() {
      wanted = select.value = "";
    },
    fits: (value) => !select.value || select.value === value,
    offer(text, options) {
      setText(word, text);
      const all = [["", say("alerts.any")], ...options];
      if (wanted && !options.some(([value]) => value === wanted)) all.push([wanted, wanted]);
      const key = JSON.stringify(all);
      if (key === offered) return;
      offered = key;
      select.replaceChildren(...all.map(([value, shown]) => option(value, shown)));
      select.value = wanted;
    },
  };
}

function option(value, shown) {
  const node = el("option", "", shown);
  node.value = value;
  return node;
}
