/** On which line of a TOML text each key stands: for messages about files that a real parser has accepted. */

/** A key's place, outermost first; places in lists are numbers in decimal. */
type Key = ReadonlyArray<string>

class Scanner {
  private readonly text: string
  private readonly lines = new Map<string, number>()
  private readonly tables = new Map<string, number>()
  private at = 0
  private line = 1

  constructor(text: string) {
    this.text = text
  }

  scan(): ReadonlyMap<string, number> {
    let table: Key = []
    while (this.at < this.text.length) {
      this.blank(true)
      const char = this.text[this.at]
      if (char === undefined) break
      if (char === "[") table = this.header()
      else this.pair(table)
      this.restOfLine()
    }
    return this.lines
  }

  private next(count = 1): void {
    for (let i = 0; i < count; i++) {
      if (this.text[this.at] === "\n") this.line++
      this.at++
    }
  }

  private starts(text: string): boolean {
    return this.text.startsWith(text, this.at)
  }

  /** Passes over blanks, and over comments and ends of lines where those may stand. */
  private blank(overLines: boolean): void {
    for (;;) {
      const char = this.text[this.at]
      if (char === " " || char === "\t" || char === "\r" || (overLines && char === "\n")) this.next()
      else if (overLines && char === "#") this.restOfLine()
      else return
    }
  }

  private restOfLine(): void {
    while (this.at < this.text.length && this.text[this.at] !== "\n") this.next()
  }

  private note(key: Key): void {
    const name = key.join("\0")
    if (!this.lines.has(name)) this.lines.set(name, this.line)
  }

  private header(): Key {
    const many = this.starts("[[")
    this.next(many ? 2 : 1)
    const key = this.resolve(this.key())
    if (!many) {
      this.note(key)
      return key
    }
    const name = key.join("\0")
    const index = this.tables.get(name) ?? 0
    this.tables.set(name, index + 1)
    this.note(key)
    this.note([...key, String(index)])
    return [...key, String(index)]
  }

  /** A header under a list of tables speaks of the last of them. */
  private resolve(key: Key): Key {
    let found: Key = []
    for (const [i, part] of key.entries()) {
      found = [...found, part]
      const count = this.tables.get(found.join("\0"))
      if (count !== undefined && i < key.length - 1) found = [...found, String(count - 1)]
    }
    return found
  }

  private pair(table: Key): void {
    const key = [...table, ...this.key()]
    for (let length = table.length + 1; length <= key.length; length++) this.note(key.slice(0, length))
    this.blank(false)
    if (!this.starts("=")) return
    this.next()
    this.value(key)
  }

  /** Parts with dots between them, each bare or quoted. */
  private key(): Key {
    const parts: Array<string> = []
    for (;;) {
      this.blank(false)
      parts.push(this.part())
      this.blank(false)
      if (!this.starts(".")) return parts
      this.next()
    }
  }

  private part(): string {
    const quote = this.text[this.at]
    if (quote !== '"' && quote !== "'") {
      const bare = /^[A-Za-z0-9_-]*/.exec(this.text.slice(this.at, this.at + 256))?.[0] ?? ""
      this.next(bare.length)
      return bare
    }
    const start = this.at
    this.string()
    const written = this.text.slice(start, this.at)
    return quote === "'" ? written.slice(1, -1) : unescape(written)
  }

  private string(): void {
    const quote = this.text[this.at] ?? ""
    const end = this.starts(quote.repeat(3)) ? quote.repeat(3) : quote
    this.next(end.length)
    while (this.at < this.text.length && !this.starts(end)) this.next(quote === '"' && this.starts("\\") ? 2 : 1)
    this.next(end.length)
    // One or two more quotes may belong to the text of a long string.
    if (end.length === 3) while (this.starts(quote)) this.next()
  }

  private value(key: Key): void {
    this.blank(false)
    const char = this.text[this.at]
    if (char === '"' || char === "'") this.string()
    else if (char === "[") this.list(key)
    else if (char === "{") this.inline(key)
    else while (this.at < this.text.length && !/[,\]}#\n]/.test(this.text[this.at] ?? "\n")) this.next()
  }

  private list(key: Key): void {
    this.next()
    for (let index = 0; this.at < this.text.length; index++) {
      this.blank(true)
      if (this.starts("]")) break
      const before = this.at
      this.note([...key, String(index)])
      this.value([...key, String(index)])
      this.blank(true)
      // What is no list goes on as well, though nothing good comes of it.
      if (this.starts(",") || this.at === before) this.next()
    }
    this.next()
  }

  private inline(key: Key): void {
    this.next()
    while (this.at < this.text.length) {
      this.blank(true)
      if (this.starts("}")) break
      const before = this.at
      this.pair(key)
      this.blank(true)
      if (this.starts(",")) this.next()
      if (this.at === before) this.next()
    }
    this.next()
  }
}

const unescape = (quoted: string): string => {
  try {
    return String(JSON.parse(quoted))
  } catch {
    return quoted.slice(1, -1)
  }
}

/** For a valid TOML text, the line of a key, from 1; nothing for a key that is not in it. */
export const tomlLines = (text: string): ((key: Key) => number | undefined) => {
  const lines = new Scanner(text).scan()
  return (key) => lines.get(key.join("\0"))
}
