// Turns the roles that are always there, src/domain/context/roles/*.md, into the module that holds them.
//   node scripts/roles.mjs           writes src/domain/context/presetRoles.ts
// A test reads the files as own roles are read, and holds both equal.
import { spawnSync } from "node:child_process"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"

const root = join(import.meta.dirname, "..")
const folder = join(root, "src/domain/context/roles")
const target = join(root, "src/domain/context/presetRoles.ts")

// The order in which people and models are told of them.
const order = [
  ...["coordinator", "planner", "architect", "coder", "analyst", "tester", "debugger"],
  ...["documenter", "security", "devops", "designer", "reviewer", "explainer"]
]

/** `word`, `3`, or `[a, "b(c, d)"]`. */
const valueOf = (text) => {
  const list = /^\[(.*)\]$/.exec(text)
  if (list === null) return /^\d+$/.test(text) ? Number(text) : text
  return (list[1].match(/"[^"]*"|[^,\s][^,]*/g) ?? []).map((item) => item.trim().replace(/^"(.*)"$/, "$1"))
}

const roleOf = (name) => {
  const [, head, body] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(readFileSync(join(folder, `${name}.md`), "utf8"))
  const fields = head.split("\n").map((line) => /^(\w+): (.*)$/.exec(line).slice(1))
  return { ...Object.fromEntries(fields.map(([key, value]) => [key, valueOf(value)])), prompt: body.trim() }
}

const names = readdirSync(folder).map((name) => basename(name, ".md"))
const unlisted = names.filter((name) => !order.includes(name))
if (unlisted.length > 0) throw new Error(`Say in scripts/roles.mjs where these stand: ${unlisted.join(", ")}`)
const roles = Object.fromEntries(order.map((name) => [name, roleOf(name)]))
writeFileSync(
  target,
  `/** The roles that are always there, from roles/*.md by scripts/roles.mjs: change those, and run it. */
import type { AgentConfig } from "../model/Config.ts"

/** The roles that are always there, as a configuration would say them. */
export const presetRoles: Readonly<Record<string, AgentConfig>> = ${JSON.stringify(roles, null, 2)}
`
)
const { status } = spawnSync("npx", ["biome", "check", "--write", target], { cwd: root, stdio: "inherit" })
process.exit(status ?? 1)
