// The place of the agents page where nobody is to be named: it says what would open it.

import { el, setText } from "../shell/dom.js";
import { openPage } from "../shell/page.js";
import { say } from "../shell/words.js";

openPage({
  name: "agents",
  build({ main }) {
    const [what, fix, note] = [el("p", "agents-closed-what"), el("p"), el("p", "agents-closed-note")];
    main.append(el("div", "agents-closed", what, fix, note));
    return () => {
      setText(what, say("agents.closed"));
      setText(fix, say("agents.closed_fix"));
      setText(note, say("agents.closed_note"));
    };
  },
});
