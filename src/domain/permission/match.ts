/** How a rule's pattern is held against paths, command lines and hosts. Time grows with pattern × text, never more. */
import type { Decision } from "../model/Rule.ts"

/** A rule in parts: `edit(src/**)` is tool `edit`, pattern `src/**`; a bare name has no pattern. */
export interface ParsedRule {
  readonly tool: string
  readonly pattern?: string
}

/** Reads a rule; nothing where it is not one. A `*` stands for all tools, or ends a name; only whole names take a pattern. */
export const parseRule = (rule: string): ParsedRule | undefined => {
  const match = /^\s*([A-Za-z0-9_.-]*\*?)\s*(?:\(([\s\S]*)\))?\s*$/.exec(rule)
  const tool = match?.[1] ?? ""
  const pattern = match?.[2] ?? ""
  if (tool === "") return undefined
  if (pattern === "" || pattern === "*") return { tool }
  return tool.endsWith("*") ? undefined : { tool, pattern }
}

type Token =
  | { readonly any: "char" | "run" | "tree" }
  | { readonly one: (char: string) => boolean }
  | { readonly either: ReadonlyArray<ReadonlyArray<Token>> }

const only = (char: string): Token => ({ one: (it) => it === char })

const charClass = (body: string): Token => {
  const negated = /^[!^]/.test(body)
  const ranges = Array.from(
    body.slice(negated ? 1 : 0).matchAll(/([\s\S])(?:-([\s\S]))?/g),
    ([, from = "", to = from]) => ({
      from,
      to
    })
  )
  return { one: (char) => char !== "/" && ranges.some(({ from, to }) => char >= from && char <= to) !== negated }
}

/** Where each brace that closes does so. */
const bracePairs = (glob: string): ReadonlyMap<number, number> => {
  const pairs = new Map<number, number>()
  const open: Array<number> = []
  for (let at = 0; at < glob.length; at++) {
    if (glob[at] === "\\") at++
    else if (glob[at] === "{") open.push(at)
    else if (glob[at] === "}") {
      const from = open.pop()
      if (from !== undefined) pairs.set(from, at)
    }
  }
  return pairs
}

/** The parts between the commas of a brace, not of those inside it. */
const alternatives = (body: string): ReadonlyArray<string> => {
  const parts: Array<string> = []
  let depth = 0
  let from = 0
  for (let at = 0; at < body.length; at++) {
    const char = body[at]
    if (char === "\\") at++
    else if (char === "{") depth++
    else if (char === "}") depth--
    else if (char === "," && depth === 0) {
      parts.push(body.slice(from, at))
      from = at + 1
    }
  }
  return [...parts, body.slice(from)]
}

/** Braces deeper than this are read as they stand: nobody writes them, and each costs a call. */
const deepest = 8

/** The token that starts at a place, and where the next one does. */
type Next = readonly [Token, number]

const stars = (glob: string, at: number): Next | undefined => {
  let end = at
  while (glob[end] === "*") end++
  if (end - at < 2) return undefined
  return glob[end] === "/" ? [{ any: "tree" }, end + 1] : [{ any: "run" }, end]
}

const bracketed = (glob: string, at: number): Next | undefined => {
  const end = glob[at] === "[" ? glob.indexOf("]", at + 2) : -1
  return end < 0 ? undefined : [charClass(glob.slice(at + 1, end)), end + 1]
}

const escaped = (glob: string, at: number): Next | undefined =>
  glob[at] === "\\" && at + 1 < glob.length ? [only(glob.charAt(at + 1)), at + 2] : undefined

const single = (char: string): Token =>
  char === "*" ? { any: "char" } : char === "?" ? { one: (it) => it !== "/" } : only(char)

const tokens = (glob: string, depth = 0): ReadonlyArray<Token> => {
  const pairs: ReadonlyMap<number, number> = depth < deepest ? bracePairs(glob) : new Map()
  const braced = (at: number): Next | undefined => {
    const end = pairs.get(at)
    if (end === undefined) return undefined
    return [{ either: alternatives(glob.slice(at + 1, end)).map((one) => tokens(one, depth + 1)) }, end + 1]
  }
  const out: Array<Token> = []
  for (let at = 0; at < glob.length; ) {
    const plain: Next = [single(glob.charAt(at)), at + 1]
    const [token, next] = stars(glob, at) ?? braced(at) ?? bracketed(glob, at) ?? escaped(glob, at) ?? plain
    out.push(token)
    at = next
  }
  return out
}

/** Places in a text, each 1 where it can be reached. */
type Reached = Uint8Array

const stepOne = (reached: Reached, text: string, is: (char: string) => boolean): Reached => {
  const next = new Uint8Array(reached.length)
  for (let at = 1; at < next.length; at++) if (reached[at - 1] === 1 && is(text.charAt(at - 1))) next[at] = 1
  return next
}

const stepAny = (reached: Reached, text: string, any: "char" | "run" | "tree"): Reached => {
  const next = new Uint8Array(reached.length)
  let open = false
  for (let at = 0; at < next.length; at++) {
    const slash = text[at - 1] === "/"
    if (any === "char" && slash) open = false
    if (reached[at] === 1) open = true
    if (open && (any !== "tree" || slash || reached[at] === 1)) next[at] = 1
  }
  return next
}

const stepEither = (reached: Reached, text: string, either: ReadonlyArray<ReadonlyArray<Token>>): Reached => {
  const ends = either.map((one) => walk(one, text, reached))
  return reached.map((_, at) => (ends.some((end) => end[at] === 1) ? 1 : 0))
}

/** One step a token, from all places at once: linear in the text for each token. */
const walk = (pattern: ReadonlyArray<Token>, text: string, from: Reached): Reached => {
  let reached = from
  for (const token of pattern) {
    if (!reached.includes(1)) return reached
    if ("one" in token) reached = stepOne(reached, text, token.one)
    else reached = "any" in token ? stepAny(reached, text, token.any) : stepEither(reached, text, token.either)
  }
  return reached
}

const matchTokens = (pattern: ReadonlyArray<Token>, text: string): boolean => {
  const start = new Uint8Array(text.length + 1)
  start[0] = 1
  return walk(pattern, text, start)[text.length] === 1
}

/**
 * Whether a path matches a glob: `*` and `?` stay within a segment, `**` does not; `[a-z]`, `[!a]` and `{a,b}` as in a
 * shell, and a backslash takes a character as it stands.
 */
export const matchGlob = (glob: string, path: string): boolean => matchTokens(tokens(glob), path)

/** The glob that matches this path and no other. */
export const exactPath = (path: string): string => path.replace(/[\\*?[\]{},~]/g, "\\$&")

/** Where a pattern's relative and `~` forms start from. */
export interface Places {
  readonly root: string
  readonly home: string
}

const below = (path: string, folder: string): string | undefined =>
  path === folder ? "" : path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined

/** A pattern that names a folder holds for what is in it, too. */
const matchBelow = (pattern: string, path: string): boolean =>
  matchGlob(pattern, path) || matchGlob(`${pattern.replace(/\/$/, "")}/**`, path)

const endsPlain = (pattern: string): boolean => !/[*?[{][^/]*\/?$/.test(pattern)

const matchOne = (pattern: string, path: string, places: Places, restricts: boolean): boolean => {
  const far = restricts ? matchBelow : matchGlob
  if (pattern.startsWith("~/")) {
    const inHome = places.home === "" ? undefined : below(path, places.home)
    return inHome !== undefined && far(pattern.slice(2), inHome)
  }
  if (pattern.startsWith("/")) return far(pattern.replace(/^\/\//, "/"), path)
  const inside = below(path, places.root)
  if (inside === undefined) return restricts && pattern.startsWith("**/") && matchBelow(`/${pattern}`, path)
  const relative = pattern.replace(/^\.\//, "")
  if ((restricts || endsPlain(relative) ? matchBelow : matchGlob)(relative, inside)) return true
  return restricts && !/\/./.test(relative) && matchBelow(`**/${relative}`, inside)
}

/**
 * Whether an absolute path matches a rule's path pattern. Relative patterns start at the root; a pattern without a slash
 * holds at any depth for `deny` and `ask`, and only at the root for `allow`, so that neither reading is the loose one.
 * A pattern for a folder holds for all in it; for `allow` only a relative one that ends in a plain name.
 * `{a,b}` at the start may name places of different kinds.
 */
export const matchPath = (pattern: string, path: string, places: Places, decision: Decision): boolean => {
  const close = pattern.startsWith("{") ? bracePairs(pattern).get(0) : undefined
  const each =
    close === undefined
      ? [pattern]
      : alternatives(pattern.slice(1, close)).map((one) => `${one}${pattern.slice(close + 1)}`)
  return each.some((one) => matchOne(one, path, places, decision !== "allow"))
}

/** Whether a path pattern names something in a folder, by what stands before its first wildcard. */
export const namesBelow = (pattern: string, folder: string, { home, root }: Places): boolean => {
  const fixed = pattern.slice(0, /[*?[{]|$/.exec(pattern)?.index)
  const path = fixed.startsWith("~/") ? `${home}${fixed.slice(1)}` : fixed.startsWith("/") ? fixed : `${root}/${fixed}`
  return path.startsWith(`${folder}/`)
}

const squeezed = (text: string): string => text.trim().replace(/\s+/g, " ")

/** In command patterns `*` is any text, and `\*` a star. */
const commandTokens = (pattern: string): ReadonlyArray<Token> =>
  Array.from(
    pattern.matchAll(/\\\*|[\s\S]/g),
    ([part]): Token => (part === "*" ? { any: "run" } : only(part.charAt(part.length - 1)))
  )

/** Whether one command line matches `git status:*` (these words first), `git *` (any text), or itself. */
export const matchCommand = (pattern: string, line: string): boolean => {
  const words = squeezed(line)
  if (pattern.endsWith(":*")) {
    const first = squeezed(pattern.slice(0, -2))
    return words === first || words.startsWith(`${first} `)
  }
  const wanted = squeezed(pattern)
  if (matchTokens(commandTokens(wanted), words)) return true
  return wanted.endsWith(" *") && matchTokens(commandTokens(wanted.slice(0, -2)), words)
}

/** Whether a line that starts so could, going on somehow, match a command pattern. */
export const couldMatchCommand = (pattern: string, start: string): boolean => {
  const text = squeezed(start)
  const wanted = squeezed(pattern.endsWith(":*") ? pattern.slice(0, -2) : pattern)
  if (pattern.endsWith(":*")) return `${wanted} `.startsWith(text) || text.startsWith(`${wanted} `)
  const from = new Uint8Array(text.length + 1)
  from[0] = 1
  const all = commandTokens(wanted)
  // Every beginning of the pattern that takes all of the text leaves the rest of it open.
  return all.some((_, count) => walk(all.slice(0, count + 1), text, from)[text.length] === 1) || text === ""
}

/** The command pattern that matches this line and no other. */
export const exactCommand = (line: string): string => line.replaceAll("*", "\\*")

/** Whether a command pattern spells out this very line, blanks around it aside. */
export const spells = (pattern: string, line: string): boolean =>
  [pattern, pattern.replaceAll("\\*", "*")].some((text) => text.trim() === line.trim())

const port = /:\d+$/

/**
 * Whether a host, with its port where that is not the usual one, matches `domain:example.com`: that host or one below it,
 * on any port; `domain:example.com:8443` only on that one; `domain:*.example.com` only those below. A pattern that names
 * more than a host (an address, other stars) holds for `deny` and `ask` by what in it is a host, and never for `allow`.
 */
export const matchHost = (pattern: string, host: string, decision: Decision): boolean => {
  const written = pattern
    .replace(/^domain:/, "")
    .trim()
    .toLowerCase()
    .replace(/\.$/, "")
  const domain = written.replace(/^[a-z][a-z0-9+.-]*:\/\/([^/]*).*$/s, "$1")
  const full = host.toLowerCase()
  const name = port.test(domain) ? full : full.replace(port, "")
  const rest = domain.startsWith("*.") ? domain.slice(2) : domain
  if (rest === "" || (decision === "allow" && (domain !== written || rest.includes("*")))) return false
  if (rest.includes("*")) return matchTokens(commandTokens(domain), name)
  return (name === rest && rest === domain) || name.endsWith(`.${rest}`)
}
