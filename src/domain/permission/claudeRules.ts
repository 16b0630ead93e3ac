/** Reads the permission rules of Claude Code's settings files. Pure. */
import type { Decision } from "../model/Rule.ts"
import { parseRule } from "./match.ts"
import { leaveOut, memberOf, rulesAs, type Translated, textsOf, together } from "./translated.ts"

/** Whose file it is: paths that start with `/` are taken from where it lies. */
export type Scope = "project" | "user"

const readers = new Set(["Read", "Glob", "Grep", "LS", "NotebookRead"])
const editors = new Set(["Edit", "Write", "MultiEdit", "NotebookEdit"])

/** Braces mean themselves there, and choices here. */
const literalBraces = (pattern: string): string => pattern.replace(/[{}]/g, "\\$&")

/** A path pattern as it is written here, or why it has no equal. */
const pathPattern = (pattern: string, decision: Decision, scope: Scope): { readonly to: string } | string => {
  if (pattern.startsWith("!")) return "it takes something out of another pattern, which rules here cannot"
  const plain = literalBraces(pattern)
  if (pattern.startsWith("//")) return { to: plain.slice(1) }
  if (pattern.startsWith("~/")) return { to: plain }
  if (pattern.startsWith("/"))
    return scope === "project" ? { to: plain.slice(1) } : "its path starts where that settings file lies"
  const relative = plain.replace(/^\.\//, "")
  // There, a name without a slash holds at any depth; here, for `allow`, at the root only.
  const anywhere = decision === "allow" && relative === plain && !/\/./.test(relative)
  return { to: anywhere ? `**/${relative}` : relative }
}

const paths = (decision: Decision, rule: string, tool: string, pattern: string, scope: Scope): Translated => {
  const found = pathPattern(pattern, decision, scope)
  return typeof found === "string" ? leaveOut(decision, rule, found) : rulesAs(decision, `${tool}(${found.to})`)
}

const webfetch = (decision: Decision, rule: string, pattern: string | undefined): Translated => {
  if (pattern === undefined) return rulesAs(decision, "webfetch")
  const host = /^domain:([\w.-]+)$/.exec(pattern)?.[1]
  if (host === undefined) return leaveOut(decision, rule, "only rules for one domain have an equal here")
  return decision === "allow"
    ? leaveOut(
        decision,
        rule,
        `here a domain stands for those below it too: allow webfetch(${pattern}) if that is meant`
      )
    : rulesAs(decision, `webfetch(domain:${host})`)
}

const mcp = (decision: Decision, tool: string): Translated =>
  rulesAs(decision, /^mcp__.*__/.test(tool) || tool.endsWith("*") ? tool : `${tool}__*`)

const insideAnyway = "in the project it is allowed here anyway; for what is outside name the folder"

/** Tools on files: `named` is what rules on all of them are called here. */
const files = (
  decision: Decision,
  rule: string,
  named: string,
  pattern: string | undefined,
  scope: Scope
): Translated => {
  if (pattern !== undefined) return paths(decision, rule, named, pattern, scope)
  return decision === "allow" ? leaveOut(decision, rule, insideAnyway) : rulesAs(decision, named)
}

const translate = (decision: Decision, scope: Scope, rule: string): Translated => {
  const parsed = parseRule(rule)
  if (parsed === undefined) return leaveOut(decision, rule, "it is not a rule")
  const { pattern, tool } = parsed
  if (tool === "Bash") return rulesAs(decision, pattern === undefined ? "bash" : `bash(${pattern})`)
  if (readers.has(tool)) return files(decision, rule, "read", pattern, scope)
  if (editors.has(tool)) return files(decision, rule, "edit", pattern, scope)
  if (tool === "WebFetch") return webfetch(decision, rule, pattern)
  if (tool === "WebSearch") return rulesAs(decision, "websearch")
  if (tool.startsWith("mcp__") && pattern === undefined) return mcp(decision, tool)
  if ((tool === "Task" || tool === "Agent") && pattern === undefined) return rulesAs(decision, "task")
  return leaveOut(decision, rule, "there is no such tool here")
}

const folder = (path: string): Translated =>
  path.startsWith("/") || path.startsWith("~/")
    ? rulesAs("allow", `read(${literalBraces(path.replace(/\/$/, ""))}/**)`)
    : leaveOut("allow", path, "only whole paths have an equal here")

const modes: Readonly<Record<string, string>> = {
  plan: "start with --mode plan",
  acceptEdits: "edits go to a working copy here and are applied when you say so",
  bypassPermissions: "nothing turns the rules off here; --yes answers questions that no rule denies"
}

/** The rules of `permissions` in a settings file's JSON. */
export const fromClaude = (settings: unknown, scope: Scope): Translated => {
  const permissions = memberOf(settings, "permissions")
  const each = (["allow", "ask", "deny"] as const).flatMap((decision) =>
    textsOf(memberOf(permissions, decision)).map((rule) => translate(decision, scope, rule))
  )
  const folders = textsOf(memberOf(permissions, "additionalDirectories")).map(folder)
  const why = modes[String(memberOf(permissions, "defaultMode"))]
  return together([...each, ...folders, ...(why === undefined ? [] : [leaveOut("allow", "defaultMode", why)])])
}
