/** Sets one key in a TOML text and leaves every other byte as it is. Pure. */

const bare = /^[A-Za-z0-9_-]+$/

const spelt = (key: ReadonlyArray<string>): string =>
  key.map((part) => (bare.test(part) ? part : JSON.stringify(part))).join(".")

/** A JSON value as TOML writes it; nothing where TOML has no such value. */
export const tomlValue = (value: unknown): string | undefined => {
  if (typeof value === "string") return JSON.stringify(value)
  if (typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))) return String(value)
  if (Array.isArray(value)) {
    const items = value.map(tomlValue)
    return items.some((item) => item === undefined) ? undefined : `[${items.join(", ")}]`
  }
  if (typeof value === "object" && value !== null) {
    const pairs = Object.entries(value).map(([name, inner]) => [spelt([name]), tomlValue(inner)] as const)
    return pairs.some(([, text]) => text === undefined)
      ? undefined
      : `{ ${pairs.map(([name, text]) => `${name} = ${text}`).join(", ")} }`
  }
  return undefined
}

const header = /^\s*\[([^[\]]+)\]\s*(?:#.*)?$/
const pair = /^(\s*)([^=#]+?)(\s*=\s*)(.*)$/

const normal = (name: string): string =>
  name
    .split(".")
    .map((part) => part.trim().replace(/^["']|["']$/g, ""))
    .join(".")

/** Where a value on one line ends: before its comment, which is kept. */
const commentOf = (rest: string): string => {
  let quote = ""
  for (let at = 0; at < rest.length; at++) {
    const char = rest[at] ?? ""
    if (quote === "" && (char === '"' || char === "'")) quote = char
    else if (quote === '"' && char === "\\") at++
    else if (char === quote) quote = ""
    else if (char === "#" && quote === "") return ` ${rest.slice(at)}`
  }
  return ""
}

/** A value that goes on over further lines cannot be replaced line by line. */
const isWhole = (rest: string): boolean => {
  const value = rest.slice(0, rest.length - commentOf(rest).length + (commentOf(rest) === "" ? 0 : 1)).trim()
  if (value.startsWith('"""') || value.startsWith("'''")) return false
  return !value.startsWith("[") || value.endsWith("]")
}

/** One line of a text: the table it is in, and the key it sets with what stands around it. */
interface Line {
  readonly table: string
  readonly header: boolean
  readonly name?: string
  readonly before?: string
  readonly rest?: string
}

const linesOf = (lines: ReadonlyArray<string>): ReadonlyArray<Line> => {
  let table = ""
  return lines.map((line): Line => {
    const found = header.exec(line)
    if (found !== null || /^\s*\[\[/.test(line)) {
      table = found === null ? "\0" : normal(found[1] ?? "")
      return { table, header: true }
    }
    const set = line.trim().startsWith("#") ? null : pair.exec(line)
    if (set === null) return { table, header: false }
    const [, indent = "", key = "", equals = "", rest = ""] = set
    const name = [table, normal(key)].filter((part) => part !== "").join(".")
    return { table, header: false, name, before: `${indent}${key}${equals}`, rest }
  })
}

const added = (lines: ReadonlyArray<string>, read: ReadonlyArray<Line>, key: ReadonlyArray<string>, value: string) => {
  const table = key.slice(0, -1)
  const line = `${spelt(key.slice(-1))} = ${value}`
  if (table.length === 0) return [line, ...lines]
  const last = read.findLastIndex((one) => one.table === table.join(".") && (one.header || one.name !== undefined))
  if (last >= 0) return lines.toSpliced(last + 1, 0, line)
  return [...lines, ...(lines.length === 0 ? [] : [""]), `[${spelt(table)}]`, line]
}

/** The text with this key set; nothing where its old value spans lines. */
export const setToml = (text: string, key: ReadonlyArray<string>, value: string): string | undefined => {
  const lines = text === "" ? [] : text.replace(/\n$/, "").split("\n")
  const read = linesOf(lines)
  const index = read.findIndex((line) => line.name === key.join("."))
  const found = read[index]
  if (found === undefined) return `${added(lines, read, key, value).join("\n")}\n`
  const { before = "", rest = "" } = found
  if (!isWhole(rest)) return undefined
  return `${lines.with(index, `${before}${value}${commentOf(rest)}`).join("\n")}\n`
}
