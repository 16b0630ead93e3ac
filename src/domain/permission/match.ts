/** How a rule's pattern is held against paths, command lines and hosts. Time grows with pattern × text, never more. */
import type { Decision } from "../model/Rule.ts"

/** A rule in parts: `edit(src/**)` is tool `edit`, pattern `src/**`; a bare name has no pattern. */
export interface ParsedRule {
  readonly tool: string
  readonly pattern?: string
}

/** Reads a rule; nothing where it is not one. */
export const parseRule = (rule: string): ParsedRule | undefined => {
  const match = /^\s*([A-Za-z0-9_*.-]+)\s*(?:\(([\s\S]*)\))?\s*$/.exec(rule)
  if (match === null) return undefined
  const [, tool = "", pattern] = match
  return pattern === undefined || pattern === "" || pattern === "*" ? { tool } : { tool, pattern }
}

type Token = { readonly any: "char" | "run" | "tree" } | { readonly one: (char: string) => boolean }

const charClass = (body: string): ((char: string) => boolean) => {
  const negated = body.startsWith("!") || body.startsWith("^")
  const set = negated ? body.slice(1) : body
  const has = (char: string): boolean => {
    for (let index = 0; index < set.length; index++) {
      const from = set[index] ?? ""
      const to = set[index + 1] === "-" && index + 2 < set.length ? (set[index + 2] ?? "") : from
      if (to !== from) index += 2
      if (char >= from && char <= to) return true
    }
    return false
  }
  return (char) => char !== "/" && has(char) !== negated
}

const tokens = (glob: string): ReadonlyArray<Token> => {
  const out: Array<Token> = []
  for (let index = 0; index < glob.length; index++) {
    const char = glob[index] ?? ""
    if (char === "*" && glob[index + 1] === "*") {
      while (glob[index + 1] === "*") index++
      if (glob[index + 1] === "/") {
        index++
        out.push({ any: "tree" })
      } else out.push({ any: "run" })
    } else if (char === "*") out.push({ any: "char" })
    else if (char === "?") out.push({ one: (it) => it !== "/" })
    else if (char === "[" && glob.indexOf("]", index + 2) > 0) {
      const end = glob.indexOf("]", index + 2)
      out.push({ one: charClass(glob.slice(index + 1, end)) })
      index = end
    } else out.push({ one: (it) => it === char })
  }
  return out
}

/** Sets of reachable positions, one step a token: linear in the text for each token. */
const matchTokens = (pattern: ReadonlyArray<Token>, text: string): boolean => {
  let reached = new Uint8Array(text.length + 1)
  reached[0] = 1
  for (const token of pattern) {
    const next = new Uint8Array(text.length + 1)
    let open = false
    for (let at = 0; at <= text.length; at++) {
      if ("one" in token) {
        if (at > 0 && reached[at - 1] === 1 && token.one(text[at - 1] ?? "")) next[at] = 1
        continue
      }
      if (token.any === "char" && at > 0 && text[at - 1] === "/") open = false
      if (reached[at] === 1) open = true
      if (!open) continue
      if (token.any !== "tree" || reached[at] === 1 || text[at - 1] === "/") next[at] = 1
    }
    reached = next
  }
  return reached[text.length] === 1
}

const alternatives = (glob: string): ReadonlyArray<string> => {
  const open = glob.indexOf("{")
  const close = open < 0 ? -1 : glob.indexOf("}", open)
  if (close < 0) return [glob]
  const head = glob.slice(0, open)
  const middle = glob
    .slice(open + 1, close)
    .split(",")
    .slice(0, 64)
  return middle.flatMap((part) => alternatives(`${head}${part}${glob.slice(close + 1)}`)).slice(0, 256)
}

/** Whether a path matches a glob: `*` and `?` stay within a segment, `**` does not; `[a-z]`, `[!a]` and `{a,b}` as in a shell. */
export const matchGlob = (glob: string, path: string): boolean =>
  alternatives(glob).some((one) => matchTokens(tokens(one), path))

/** Where a pattern's relative and `~` forms start from. */
export interface Places {
  readonly root: string
  readonly home: string
}

/**
 * Whether an absolute path matches a rule's path pattern. Relative patterns start at the root; a pattern without a slash
 * holds at any depth for `deny` and `ask`, and only at the root for `allow`, so that neither reading is the loose one.
 */
export const matchPath = (pattern: string, path: string, places: Places, decision: Decision): boolean => {
  if (pattern.startsWith("~/")) return places.home !== "" && matchGlob(`${places.home}${pattern.slice(1)}`, path)
  if (pattern.startsWith("/")) return matchGlob(pattern.replace(/^\/\//, "/"), path)
  if (path !== places.root && !path.startsWith(`${places.root}/`))
    return pattern.startsWith("**/") && matchGlob(`/${pattern}`, path)
  const inside = path.slice(places.root.length + 1)
  const relative = pattern.replace(/^\.\//, "")
  if (matchGlob(relative, inside) || matchGlob(`${relative.replace(/\/$/, "")}/**`, inside)) return true
  return decision !== "allow" && !relative.includes("/") && matchGlob(`**/${relative}`, inside)
}

/** Whether one command line matches `git status:*` (these words first), `git *` (any text), or itself. */
export const matchCommand = (pattern: string, line: string): boolean => {
  const words = line.trim().replace(/\s+/g, " ")
  if (pattern.endsWith(":*")) {
    const first = pattern.slice(0, -2).trim().replace(/\s+/g, " ")
    return words === first || words.startsWith(`${first} `)
  }
  if (!pattern.includes("*")) return words === pattern.trim().replace(/\s+/g, " ")
  const run = matchTokens(
    Array.from(pattern, (char): Token => (char === "*" ? { any: "run" } : { one: (it) => it === char })),
    words
  )
  return run || (pattern.endsWith(" *") && words === pattern.slice(0, -2))
}

/** Whether a host matches `domain:example.com`: that host or one below it. */
export const matchHost = (pattern: string, host: string): boolean => {
  const domain = pattern.replace(/^domain:/, "").toLowerCase()
  const name = host.toLowerCase()
  return name === domain || name.endsWith(`.${domain}`)
}
