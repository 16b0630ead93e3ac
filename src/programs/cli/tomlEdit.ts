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

/** The text with this key set; nothing where its old value spans lines. */
export const setToml = (text: string, key: ReadonlyArray<string>, value: string): string | undefined => {
  const lines = text === "" ? [] : text.replace(/\n$/, "").split("\n")
  const wanted = key.join(".")
  let table = ""
  let end = -1
  for (const [index, line] of lines.entries()) {
    const found = header.exec(line)
    if (found !== null || /^\s*\[\[/.test(line)) {
      table = found === null ? "\0" : normal(found[1] ?? "")
      if (table === key.slice(0, -1).join(".")) end = index
      continue
    }
    const set = pair.exec(line)
    if (set === null || line.trim().startsWith("#")) continue
    const name = [table, normal(set[2] ?? "")].filter((part) => part !== "").join(".")
    if (table === key.slice(0, -1).join(".")) end = index
    if (name !== wanted) continue
    const rest = set[4] ?? ""
    if (!isWhole(rest)) return undefined
    lines[index] = `${set[1]}${set[2]}${set[3]}${value}${commentOf(rest)}`
    return `${lines.join("\n")}\n`
  }
  const last = key.slice(-1)
  if (key.length === 1) return `${[`${spelt(key)} = ${value}`, ...lines].join("\n")}\n`
  if (end >= 0) lines.splice(end + 1, 0, `${spelt(last)} = ${value}`)
  else lines.push(...(lines.length === 0 ? [] : [""]), `[${spelt(key.slice(0, -1))}]`, `${spelt(last)} = ${value}`)
  return `${lines.join("\n")}\n`
}
