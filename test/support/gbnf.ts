/** Says whether a grammar as llama.cpp reads it (GBNF) allows a text: enough of it for what is written here, and no faster than it must be. */

/** Where a match may end, from where it begins. */
type Match = (text: string, at: number) => ReadonlyArray<number>

const unescaped = (text: string): string =>
  text.replace(/\\(?:x([0-9a-f]{2})|(.))/gi, (_, hex: string | undefined, one: string) =>
    hex !== undefined ? String.fromCharCode(Number.parseInt(hex, 16)) : ({ n: "\n", r: "\r", t: "\t" }[one] ?? one)
  )

const unique = (ends: ReadonlyArray<number>): ReadonlyArray<number> => [...new Set(ends)]

const sequence =
  (all: ReadonlyArray<Match>): Match =>
  (text, at) =>
    all.reduce<ReadonlyArray<number>>((ends, next) => unique(ends.flatMap((end) => next(text, end))), [at])

const repeated =
  (one: Match, least: number, most: number): Match =>
  (text, at) => {
    const found: Array<number> = least === 0 ? [at] : []
    let ends: ReadonlyArray<number> = [at]
    for (let times = 1; times <= most && ends.length > 0; times += 1) {
      ends = unique(ends.flatMap((end) => one(text, end).filter((next) => next > end)))
      if (times >= least) found.push(...ends)
    }
    return unique(found)
  }

const oneOf = (inside: string): Match => {
  const pattern = new RegExp(`^[${inside.replace(/(?<!\\)\[/g, "\\[")}]`, "u")
  return (text, at) => {
    const point = text.codePointAt(at)
    if (point === undefined) return []
    const character = String.fromCodePoint(point)
    return pattern.test(character) ? [at + character.length] : []
  }
}

const tokenPattern = /\s*("(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]|\{\d+(?:,\d*)?\}|[a-z][a-z0-9-]*|[()|*+?])/gy

/** How often something may come, by the sign after it. */
const howOften = (sign: string): readonly [number, number] | undefined => {
  if (sign === "*") return [0, 1e9]
  if (sign === "+") return [1, 1e9]
  if (sign === "?") return [0, 1]
  const [, least, most] = /^\{(\d+)(?:,(\d+))?\}$/.exec(sign) ?? []
  return least === undefined ? undefined : [Number(least), Number(most ?? least)]
}

/** A grammar, ready to be asked. */
export const gbnf = (grammar: string): ((text: string) => boolean) => {
  const rules = new Map<string, Match>()
  const parse = (rule: string): Match => {
    tokenPattern.lastIndex = 0
    const tokens = [...rule.matchAll(tokenPattern)].map((found) => found[1] ?? "")
    if (tokens.join("").replace(/\s/g, "") !== rule.replace(/\s/g, "")) throw new Error(`not understood: ${rule}`)
    let next = 0
    const choice = (): Match => {
      const choices = [series()]
      while (tokens[next] === "|") {
        next += 1
        choices.push(series())
      }
      return (text, at) => unique(choices.flatMap((one) => one(text, at)))
    }
    const atom = (): Match => {
      const token = tokens[next++] ?? ""
      if (token === "(") {
        const inner = choice()
        next += 1
        return inner
      }
      if (token.startsWith('"')) {
        const literal = unescaped(token.slice(1, -1))
        return (text, at) => (text.startsWith(literal, at) ? [at + literal.length] : [])
      }
      if (token.startsWith("[")) return oneOf(token.slice(1, -1))
      return (text, at) => {
        const rule = rules.get(token)
        if (rule === undefined) throw new Error(`no rule ${token}`)
        return rule(text, at)
      }
    }
    const series = (): Match => {
      const all: Array<Match> = []
      while (next < tokens.length && tokens[next] !== "|" && tokens[next] !== ")") {
        const one = atom()
        const times = howOften(tokens[next] ?? "")
        if (times !== undefined) next += 1
        all.push(times === undefined ? one : repeated(one, ...times))
      }
      return sequence(all)
    }
    return choice()
  }
  for (const line of grammar.split("\n").filter((one) => one !== "")) {
    const [, name = "", rule = ""] = /^([a-z][a-z0-9-]*) ::= (.*)$/.exec(line) ?? []
    rules.set(name, parse(rule))
  }
  return (text) => rules.get("root")?.(text, 0).includes(text.length) ?? false
}
