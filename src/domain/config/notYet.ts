/** Settings that are accepted for what is to come, and do nothing in this version: told, never silently ignored. */

/** Keys, and tables with all that is in them. */
const withoutEffect: ReadonlyArray<string> = [
  "project.name",
  "project.instructions",
  "agents",
  "memory.session_timeout",
  "memory.max_context_size",
  "memory.persistence",
  "memory.retention",
  "tools.formatter",
  "mcp",
  "server",
  "theme",
  "telemetry"
]

/** What of such a table has an effect all the same. */
const withEffect =
  /^agents\.(?:(?:max_count|max_depth|timeout|default_strategy|candidates|choose|review)$|(?:[^."]+|"[^"]*")\.)/

/** Of the keys that somebody set (`origins` of the merged settings), those without effect in this version, sorted. */
export const notYet = (origins: ReadonlyMap<string, string>): ReadonlyArray<string> =>
  [...origins]
    .filter(([, origin]) => origin !== "default")
    .map(([key]) => key)
    .filter((key) => !withEffect.test(key))
    .filter((key) => withoutEffect.some((name) => key === name || key.startsWith(`${name}.`)))
    .sort()
