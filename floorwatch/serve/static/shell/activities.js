// The activities of agents, from with a contact to free to away: the order of bars and of lists.

export const ACTIVITIES = [
  "talking", "on_hold", "alerting", "wrap_up", "busy", "available", "paused", "unreachable", "unknown",
];
