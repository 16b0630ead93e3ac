/** What the rules say of a call: the strictest matching rule for each thing it would touch, then the strictest of all. */
import { type Footprint, footprint } from "../model/Footprint.ts"
import type { Decision, Rule, Verdict } from "../model/Rule.ts"
import type { Grammar } from "../model/ShellSyntax.ts"
import { type CommandLine, isVague, onlyReads, readCommandLine } from "./commandLine.ts"
import { catastrophic } from "./commands.ts"
import { type Cover, coverOf, type Patterned, restricts, restrictsScripts } from "./judgeLine.ts"
import { exactCommand, exactPath, matchHost, matchPath, namesBelow, type Places, parseRule } from "./match.ts"
import { isGuarded, isKeyFile } from "./protected.ts"

/** A call as rules see it. */
export interface Request {
  readonly tool: string
  readonly footprint: Footprint
  /** Command lines. */
  readonly subjects: ReadonlyArray<string>
}

/** What is in force. */
export interface Policy extends Places {
  readonly rules: ReadonlyArray<Rule>
  readonly mode: string
  /** How command lines are read; `noGrammar` where there are none. */
  readonly grammar: Grammar
}

/** For calls without command lines: reads none. */
export const noGrammar: Grammar = () => ({ body: [], fault: { reason: "no grammar", at: 0 } })

/** The rule that no other rule, and no `--yes`, overrides: such a command is always put to a person. */
export const catastrophicRule = "built-in: a command that can destroy the machine always asks"

const order: Record<Decision, number> = { allow: 0, ask: 1, deny: 2 }

/** The stricter of two verdicts; the first where they are equal. */
export const stricter = (a: Verdict, b: Verdict): Verdict =>
  order[b.decision] > order[a.decision] ? { decision: b.decision, rule: b.rule } : a

const builtIn = (decision: Decision, why: string): Verdict => ({ decision, rule: `built-in: ${why}` })

type Touch =
  | { readonly kind: "read" | "write"; readonly path: string }
  | { readonly kind: "net"; readonly host: string }
  | { readonly kind: "tool" }

type Need = Touch | { readonly kind: "command"; readonly line: JudgedLine }

const editors = ["edit", "write", "multiedit", "patch"]
const readers = ["read", "ls", "glob", "grep"]

/** A line, what each rule says of it, and how far those that allow its commands go. */
interface JudgedLine {
  readonly line: CommandLine
  readonly said: ReadonlyArray<Verdict>
  readonly cover: Cover
}

const needs = ({ footprint }: Request, lines: ReadonlyArray<JudgedLine>): ReadonlyArray<Need> => {
  const all: ReadonlyArray<Need> = [
    ...footprint.read.map((path): Need => ({ kind: "read", path })),
    ...footprint.write.map((path): Need => ({ kind: "write", path })),
    ...footprint.net.map((host): Need => ({ kind: "net", host })),
    ...lines.map((line): Need => ({ kind: "command", line }))
  ]
  return all.length === 0 ? [{ kind: "tool" }] : all
}

const ofTool = (tool: string, request: Request, family: ReadonlyArray<string>): boolean =>
  tool === request.tool ||
  (family.includes(tool) && (request.tool === "bash" || request.tool === "git" || family.includes(request.tool)))

const hits = (rule: Rule, request: Request, need: Touch, places: Places): boolean => {
  const parsed = parseRule(rule.rule)
  if (parsed === undefined) return rule.decision !== "allow"
  const { pattern, tool } = parsed
  if (tool.endsWith("*")) return request.tool.startsWith(tool.slice(0, -1))
  if (pattern === undefined && tool === request.tool) return true
  switch (need.kind) {
    case "read":
      return (
        // Whoever may edit a file sees what is in it.
        (ofTool(tool, request, readers) || (editors.includes(tool) && editors.includes(request.tool))) &&
        (pattern === undefined || matchPath(pattern, need.path, places, rule.decision))
      )
    case "write":
      return (
        ofTool(tool, request, editors) &&
        (pattern === undefined ||
          matchPath(pattern, need.path, places, rule.decision) ||
          // A command that writes a folder writes what is in it.
          (rule.decision !== "allow" && request.subjects.length > 0 && namesBelow(pattern, need.path, places)))
      )
    case "net":
      // What must not be fetched must not be fetched by a command either.
      return (
        pattern !== undefined &&
        (tool === request.tool || (tool === "webfetch" && rule.decision !== "allow")) &&
        matchHost(pattern, need.host, rule.decision)
      )
    case "tool":
      return false
  }
}

const inside = (path: string, root: string): boolean => path === root || path.startsWith(`${root}/`)

/** What holds for a need where no rule speaks of it. */
const byDefault = (request: Request, need: Need, places: Places): Verdict => {
  switch (need.kind) {
    case "read":
      if (isKeyFile(need.path)) return builtIn("deny", "files that hold keys are not read")
      return inside(need.path, places.root)
        ? builtIn("allow", "reads inside the project")
        : builtIn("ask", "reads outside the project")
    case "write":
      if (isGuarded(need.path)) return builtIn("ask", "files that other programs act on")
      if (request.subjects.length > 0) return builtIn("ask", "commands that write")
      return inside(need.path, places.root)
        ? builtIn("allow", "edits inside the project go to a working copy")
        : builtIn("ask", "writes outside the project")
    case "command":
      return request.footprint.unknown.length === 0 && onlyReads(need.line.line)
        ? builtIn("allow", "commands that only read")
        : builtIn("ask", "commands that may change something")
    case "net":
      return builtIn("ask", "connections")
    case "tool":
      return request.footprint.unknown.length > 0
        ? builtIn("ask", "effects that cannot be told")
        : builtIn("allow", "no effects")
  }
}

/** Files that hold keys or make programs run want a rule that names them: `*` and bare tool names do not do. */
const namesIt = (rule: Rule): boolean => parseRule(rule.rule)?.pattern !== undefined

const coveredBy: Verdict = builtIn("allow", "the command is allowed by a rule")

const ofLine = ({ tool }: { readonly tool: string }, request: Request): boolean =>
  tool === request.tool || (tool === "bash" && request.tool === "git")

/** What a rule with a pattern that restricts says of a line. */
const saidBy = (
  [rule, pattern]: Patterned,
  tool: string,
  request: Request,
  line: CommandLine
): Decision | undefined => {
  // A rule on files, and files that can't be told.
  if (readers.includes(tool) || editors.includes(tool)) return isVague(line) ? "ask" : undefined
  const own = ofLine({ tool }, request) ? restricts(pattern, line) : "no"
  const hit = own === "no" && ofLine({ tool }, request) ? restrictsScripts(pattern, request.footprint.exec) : own
  return hit === "no" ? undefined : hit === "yes" ? rule.decision : "ask"
}

/** What each rule says of a line; those that allow its commands one by one speak with one voice. */
const judgeLine = (request: Request, line: CommandLine, policy: Policy): JudgedLine => {
  const said: Array<Verdict> = []
  const allowing: Array<Patterned> = []
  for (const rule of policy.rules) {
    const parsed = parseRule(rule.rule)
    if (parsed?.pattern === undefined) {
      if (hits(rule, request, { kind: "tool" }, policy)) said.push({ decision: rule.decision, rule: rule.rule })
    } else if (rule.decision === "allow") {
      if (ofLine(parsed, request)) allowing.push([rule, parsed.pattern])
    } else {
      const decision = saidBy([rule, parsed.pattern], parsed.tool, request, line)
      if (decision !== undefined) said.push({ decision, rule: rule.rule })
    }
  }
  const { cover, rule } = coverOf(line, allowing)
  // What cannot be read is asked, whatever is allowed; a rule that is the line has been read by a person.
  if (line.fault !== undefined && cover !== "line") said.push(builtIn("ask", "lines that cannot be read"))
  if (rule !== undefined) said.push({ decision: "allow", rule: rule.rule })
  return { line, said, cover }
}

/** How far rules that allow a command's words go: not at all, over what it touches in the project, over all of it. */
const coverAll = (lines: ReadonlyArray<JudgedLine>): Cover => {
  const covers = lines.map(({ cover, said }) => (said.every(({ decision }) => decision === "allow") ? cover : "none"))
  if (covers.length === 0 || covers.includes("none")) return "none"
  return covers.includes("words") ? "words" : "line"
}

/**
 * Whether a rule that allows the command also allows what it touches: what it reads and reaches, what it writes in the
 * project by its words, and all of what our own git tool does. Where it writes outside or by a redirection, only a rule
 * that is the line itself: no pattern on its words tells where that is.
 */
const lifts = (request: Request, need: Need, reach: Reach, places: Places): boolean => {
  const { cover, redirects } = reach
  if (cover === "none" || request.tool === "git") return cover !== "none"
  if (isSpecial(need)) return false
  return cover === "line" || need.kind !== "write" || (!redirects && inside(need.path, places.root))
}

/** How far the rules on a call's lines reach. */
interface Reach {
  readonly cover: Cover
  readonly redirects: boolean
}

const nowhere: Reach = { cover: "none", redirects: false }

const isSpecial = (need: Need): boolean =>
  (need.kind === "read" && isKeyFile(need.path)) || (need.kind === "write" && isGuarded(need.path))

const judge = (request: Request, need: Need, policy: Policy, reach: Reach = nowhere): Verdict => {
  const fallback = byDefault(request, need, policy)
  const special = isSpecial(need)
  const counting =
    need.kind === "command"
      ? need.line.said
      : policy.rules.filter(
          (rule) => hits(rule, request, need, policy) && (rule.decision !== "allow" || !special || namesIt(rule))
        )
  const first = counting[0]
  if (first === undefined) return lifts(request, need, reach, policy) ? coveredBy : fallback
  const strict = counting.reduce<Verdict>((verdict, rule) => stricter(verdict, rule), {
    decision: first.decision,
    rule: first.rule
  })
  // A rule that only restricts never lifts what holds by default.
  return counting.some((rule) => rule.decision === "allow") ? strict : stricter(fallback, strict)
}

const planRefuses = (request: Request, lines: ReadonlyArray<CommandLine>): boolean =>
  request.footprint.write.length > 0 ||
  request.footprint.net.length > 0 ||
  request.footprint.unknown.length > 0 ||
  lines.some((line) => !onlyReads(line))

/**
 * What the rules decide of a call. Monotone: a further `deny` or `ask` rule never loosens it. `plan` mode is a smaller
 * set of abilities, not a rule: nothing lifts it.
 */
export const evaluate = (request: Request, policy: Policy): Verdict =>
  evaluateLines(
    request,
    request.subjects.map((line) => readCommandLine(policy.grammar, line, policy)),
    policy
  )

/** The same for command lines that have been read. */
export const evaluateLines = (request: Request, lines: ReadonlyArray<CommandLine>, policy: Policy): Verdict => {
  if (policy.mode === "plan" && planRefuses(request, lines)) return builtIn("deny", "plan mode only reads")
  const redirects = lines.some(({ commands }) => commands.some((command) => command.redirects))
  const judged = lines.map((line) => judgeLine(request, line, policy))
  const reach = { cover: coverAll(judged), redirects }
  const verdict = needs(request, judged)
    .map((need) => judge(request, need, policy, reach))
    .reduce(stricter)
  return lines.some(catastrophic) && verdict.decision !== "deny" ? { decision: "ask", rule: catastrophicRule } : verdict
}

/** Whether the rules allow a file to be read, for tools that come across files on their way. */
export const mayRead = (path: string, policy: Omit<Policy, "grammar">): boolean =>
  evaluate({ tool: "read", footprint: footprint({ read: [path] }), subjects: [] }, { ...policy, grammar: noGrammar })
    .decision === "allow"

/** The least general rule that, beside those in force, allows this very call where only a built-in rule asks. */
export const proposal = (request: Request, places: Places): string => {
  const line = request.subjects[0]
  if (line !== undefined) return `${request.tool}(${exactCommand(line)})`
  const { net, read, write } = request.footprint
  const named = (write.length > 0 ? write : read).map((path) =>
    exactPath(path.startsWith(`${places.root}/`) ? path.slice(places.root.length + 1) : path)
  )
  const [first, ...others] = named
  if (first === undefined) return net[0] === undefined ? request.tool : `${request.tool}(domain:${net[0]})`
  return `${write.length > 0 ? "edit" : "read"}(${others.length === 0 ? first : `{${named.join(",")}}`})`
}

const absolute = (path: string, { home, root }: Places): string =>
  path.startsWith("/") ? path : path.startsWith("~/") ? `${home}${path.slice(1)}` : `${root}/${path}`

/** Checks a rule's form and its examples; answers what is wrong with it. */
export const ruleFault = (rule: Rule, places: Places & Pick<Policy, "grammar">): string | undefined => {
  const parsed = parseRule(rule.rule)
  if (parsed === undefined) return `${JSON.stringify(rule.rule)} is not a rule; write tool, tool(pattern) or *`
  const holds = (example: string): boolean => {
    const { pattern, tool } = parsed
    if (pattern === undefined) return true
    if (tool === "bash" || tool === "git") {
      const line = readCommandLine(places.grammar, example, places)
      return rule.decision === "allow"
        ? coverOf(line, [[rule, pattern]]).cover !== "none"
        : restricts(pattern, line) !== "no"
    }
    if (tool === "webfetch") return matchHost(pattern, example, rule.decision)
    return matchPath(pattern, absolute(example, places), places, rule.decision)
  }
  const missed = rule.examples?.match?.find((example) => !holds(example))
  if (missed !== undefined) return `its example ${JSON.stringify(missed)} does not match it`
  const wrong = rule.examples?.notMatch?.find(holds)
  return wrong === undefined ? undefined : `its counter-example ${JSON.stringify(wrong)} matches it`
}
