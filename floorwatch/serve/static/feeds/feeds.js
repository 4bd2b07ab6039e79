// The feeds page: how well every source is heard.

import { openPage } from "../shell/page.js";

openPage({
  name: "feeds",
  address: "/events",
  build: () => () => {},
});
