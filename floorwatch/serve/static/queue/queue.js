// The queue page: one queue, its day as a chart and a table, who waits now.

import { openPage } from "../shell/page.js";
import { inAddress } from "../shell/preferences.js";

const queue = inAddress("name") ?? "";

openPage({
  name: "queue",
  address: `/events/queue/${encodeURIComponent(queue)}`,
  build: () => () => {},
});
