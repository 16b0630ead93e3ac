/**
 * Reads the permissions of opencode's settings files. There, of all patterns that match the last one wins; here the
 * strictest does, so that an exception to a stricter pattern has no equal. Pure.
 */
import type { Decision } from "../model/Rule.ts"
import { leaveOut, memberOf, rulesAs, type Translated, together, untranslated } from "./translated.ts"

interface Entry {
  readonly tool: string
  readonly pattern: string
  readonly decision: Decision
}

const decisionOf = (value: unknown): Decision | undefined =>
  value === "allow" || value === "ask" || value === "deny" ? value : undefined

const entries = (tool: string, value: unknown): ReadonlyArray<Entry> => {
  const whole = decisionOf(value)
  if (whole !== undefined) return [{ tool, pattern: "*", decision: whole }]
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([pattern, one]) => {
    const decision = decisionOf(one)
    return decision === undefined ? [] : [{ tool, pattern, decision }]
  })
}

const named = ({ decision, pattern, tool }: Entry): string => `${tool} ${JSON.stringify(pattern)}: ${decision}`.trim()

const missed = (entry: Entry, why: string): Translated => leaveOut(entry.decision, named(entry), why)

const strict = { allow: 0, ask: 1, deny: 2 } as const

/** What stands before a pattern's first wildcard. */
const start = (pattern: string): string => pattern.replace(/[*?].*$/s, "")

const mayMeet = (a: string, b: string): boolean => start(a).startsWith(start(b)) || start(b).startsWith(start(a))

/** Here `*` stays within a name and `**` does not; brackets and braces mean something. */
const pathPattern = (pattern: string): string =>
  pattern
    .replace(/^\$HOME\//, "~/")
    .replace(/[\\[\]{}]/g, "\\$&")
    .replace(/\*+/g, "**")

const path = (entry: Entry, ...tools: ReadonlyArray<string>): Translated => {
  const { decision, pattern } = entry
  if (pattern.includes("?")) return missed(entry, "a `?` stands for a slash too there")
  // `*/x` is not `x` there, and `src` alone not what is in it.
  if (decision === "allow" && /\*\//.test(pattern)) return missed(entry, "`*/` would allow more here")
  if (decision === "allow" && !/[.*][^/]*$/.test(pattern))
    return missed(entry, "here it would hold for what is in a folder of that name too")
  return rulesAs(decision, ...tools.map((tool) => `${tool}(${pathPattern(pattern)})`))
}

const onFiles = (entry: Entry, tool: "read" | "edit"): Translated => {
  if (entry.pattern !== "*") return path(entry, tool)
  // There it speaks of the project only; inside of it these are allowed here as well.
  return entry.decision === "allow" ? untranslated : rulesAs(entry.decision, tool)
}

const outside = (entry: Entry): Translated => {
  if (entry.pattern === "*" && entry.decision === "ask") return untranslated
  if (entry.pattern === "*") return missed(entry, "what is outside the project is asked for here; name the folders")
  // What may be written there is said by other rules there, and asked for here.
  return entry.decision === "allow" ? path(entry, "read") : path(entry, "read", "edit")
}

const onWeb = (entry: Entry): Translated => {
  if (entry.pattern === "*") return rulesAs(entry.decision, "webfetch")
  const host = /^https?:\/\/([\w.-]+)(?:[/*].*)?$/.exec(entry.pattern)?.[1]
  if (entry.decision === "allow" || host === undefined)
    return missed(entry, "here a rule for the web names a domain, and all below it")
  return rulesAs(entry.decision, `webfetch(domain:${host})`)
}

const onCommands = (entry: Entry): Translated => {
  if (entry.pattern === "*") return rulesAs(entry.decision, "bash")
  if (/[?\\]/.test(entry.pattern)) return missed(entry, "`?` and a backslash mean something else here")
  // There `test:*` is `test:` and any text, here the word `test` and what follows.
  return rulesAs(entry.decision, `bash(${entry.pattern.replace(/:\*$/, ":**")})`)
}

const whole = (entry: Entry, tool: string): Translated =>
  entry.pattern === "*" ? rulesAs(entry.decision, tool) : missed(entry, "this tool's rules have no pattern here")

const translate = (entry: Entry): Translated => {
  switch (entry.tool) {
    case "bash":
      return onCommands(entry)
    case "read":
      return onFiles(entry, "read")
    case "glob":
    case "grep":
    case "list":
      return entry.decision === "allow" ? untranslated : missed(entry, "a search is a read here; restrict that")
    case "edit":
      return onFiles(entry, "edit")
    case "external_directory":
      return outside(entry)
    case "webfetch":
      return onWeb(entry)
    case "websearch":
    case "task":
      return whole(entry, entry.tool)
    default:
      return missed(entry, "there is no such tool here")
  }
}

/** A pattern for everything that asks says what holds here anyway, but for commands that only read. */
const isDefault = ({ decision, pattern, tool }: Entry): boolean =>
  decision === "ask" && pattern === "*" && ["bash", "webfetch", "websearch", "external_directory"].includes(tool)

/** The rules of one tool, in their order. */
const ofTool = (all: ReadonlyArray<Entry>): Translated => {
  const overridden = (entry: Entry, at: number): boolean =>
    all
      .slice(at + 1)
      .some((later) => strict[later.decision] < strict[entry.decision] && mayMeet(later.pattern, entry.pattern))
  const kept = all.map((entry, at) => ({ entry, gone: isDefault(entry) && overridden(entry, at) }))
  return together(
    kept.map(({ entry, gone }, at) => {
      if (gone && entry.tool !== "bash") return untranslated
      if (gone)
        return missed(entry, "it would stop what later patterns allow; here commands that only read run, all else asks")
      const stricter = kept
        .slice(0, at)
        .find(
          (it) =>
            !it.gone && strict[it.entry.decision] > strict[entry.decision] && mayMeet(it.entry.pattern, entry.pattern)
        )
      return stricter === undefined
        ? translate(entry)
        : missed(entry, `it is an exception to ${named(stricter.entry)}, and here the stricter one holds`)
    })
  )
}

const switches: Readonly<Record<string, string>> = {
  bash: "bash",
  read: "read",
  edit: "edit",
  write: "edit",
  patch: "edit",
  webfetch: "webfetch",
  websearch: "websearch",
  task: "task"
}

/** `tools: { bash: false }`, the older way to say deny. */
const switchedOff = (tools: unknown): ReadonlyArray<Translated> =>
  Object.entries(typeof tools === "object" && tools !== null ? tools : {})
    .filter(([, on]) => on === false)
    .map(([name]) => {
      const tool = switches[name]
      return tool === undefined ? leaveOut("deny", name, "there is no such tool here") : rulesAs("deny", tool)
    })

const known = ["read", "edit", "bash", "webfetch", "websearch", "task"]

/** All tools' entries: what is said of all tools comes before what is said of one. */
const grouped = (permission: unknown): ReadonlyArray<ReadonlyArray<Entry>> => {
  const of = typeof permission === "object" && permission !== null ? permission : { "*": permission }
  const base = entries("*", memberOf(of, "*"))
  const tools = new Set([...(base.length === 0 ? [] : known), ...Object.keys(of).filter((name) => name !== "*")])
  return [...tools].map((tool) => [
    ...base.filter(() => known.includes(tool)).map((entry) => ({ ...entry, tool })),
    ...entries(tool, memberOf(of, tool))
  ])
}

/** The rules of `permission` and `tools` in a settings file's JSON. */
export const fromOpencode = (settings: unknown): Translated => {
  const agents = memberOf(settings, "agent")
  const ofAgents = Object.entries(typeof agents === "object" && agents !== null ? agents : {}).filter(
    ([, agent]) => memberOf(agent, "permission") !== undefined
  )
  return together([
    ...grouped(memberOf(settings, "permission")).map(ofTool),
    ...switchedOff(memberOf(settings, "tools")),
    ...ofAgents.map(([name]) => leaveOut("deny", `agent.${name}.permission`, "rules for one agent are not read"))
  ])
}
