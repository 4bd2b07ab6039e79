// The alerts page: live and past, with their timeline.

import { openPage } from "../shell/page.js";

openPage({
  name: "alerts",
  address: "/events",
  build: () => () => {},
});
