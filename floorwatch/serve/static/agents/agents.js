// The agents page, for leads: who does what, who is out, by harm.

import { openPage } from "../shell/page.js";

openPage({
  name: "agents",
  address: "/events/agents",
  build: () => () => {},
});
