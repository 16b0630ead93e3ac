/** A page's HTML as Markdown: what a reader sees of it, for a model to read. */
import { decodeEntities } from "./entities.ts"
import { readHtml } from "./htmlParts.ts"

type Values = ReadonlyMap<string, string>

/** A cell of a table: in one line, and as the blocks that it is where the table only lays the page out. */
interface Cell {
  readonly text: string
  readonly blocks: ReadonlyArray<string>
}

/** An element that is open: the blocks that are complete in it, and the line that is being written. */
interface Frame {
  readonly name: string
  values: Values
  readonly blocks: Array<string>
  readonly line: Array<string>
  /** Of a row: its cells. Of a table: its rows, and whether it only lays the page out. */
  readonly cells: Array<Cell>
  readonly rows: Array<ReadonlyArray<Cell>>
  layout: boolean
  /** Of a list: how many items it has. */
  items: number
}

const frameOf = (name: string, values: Values): Frame => ({
  ...{ name, values, blocks: [], line: [], cells: [], rows: [] },
  layout: false,
  items: 0
})

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "))

const marks: Readonly<Record<string, string>> = {
  ...{ b: "**", strong: "**", i: "*", em: "*", s: "~~", del: "~~", strike: "~~" }
}
const verbatim = words("code kbd samp")
const cells = words("td th")
/** Lists and quotes indent what is in them; deeper ones no further. */
const deepestIndent = 8
const widestTable = 50
const mostSpan = 20
const longestLink = 2000

/** The line, whose white space is one blank; a line break stands where one was asked for. */
const lineOf = (frame: Frame): string =>
  frame.line
    .join("")
    .replace(/ {2,}/g, " ")
    .replace(/ ?\n ?/g, "\n")
    .trim()

const flush = (frame: Frame) => {
  const line = lineOf(frame)
  frame.line.length = 0
  if (line !== "") frame.blocks.push(line)
}

const blocksOf = (frame: Frame): ReadonlyArray<string> => {
  flush(frame)
  return frame.blocks
}

/** Hands blocks on; one by one, as there may be more than a call takes arguments. */
const give = (to: Frame, blocks: ReadonlyArray<string>) => {
  for (const block of blocks) to.blocks.push(block)
}

/** All of an element in one line. */
const flat = (frame: Frame): string => blocksOf(frame).join(" ").replace(/\s+/g, " ")

const indented = (text: string, first: string, rest: string): string => first + text.replace(/\n(?!\n|$)/g, `\n${rest}`)

/** A fence longer than any run of its mark inside. */
const fence = (text: string, least: number): string => {
  const longest = (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0)
  return "`".repeat(longest >= least ? longest + 1 : least)
}

const language = (values: Values): string =>
  /(?:^|\s)lang(?:uage)?-([\w+#-]+)/.exec(values.get("class") ?? "")?.[1] ?? ""

const tableText = (rows: ReadonlyArray<ReadonlyArray<Cell>>): string => {
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0)
  const shown = rows.map((row) => `| ${Array.from({ length: width }, (_, at) => row[at]?.text ?? "").join(" | ")} |`)
  return [shown[0], `|${" --- |".repeat(width)}`, ...shown.slice(1)].join("\n")
}

const linkTo = (href: string | undefined, base: string): string | undefined => {
  const link = decodeEntities(href ?? "").trim()
  if (link === "" || link.length > longestLink || /^(?:#|data:|javascript:)/i.test(link) || !URL.canParse(link, base))
    return undefined
  return new URL(link, base).href.replace(/[()]/g, (char) => (char === "(" ? "%28" : "%29"))
}

/** Text that a mark stands round, with the blanks outside. */
const marked = (text: string, mark: string): string => {
  const start = text.trimStart()
  const inner = start.trimEnd()
  const before = text.slice(0, text.length - start.length)
  return inner === "" ? text : `${before}${mark}${inner}${mark}${start.slice(inner.length)}`
}

const listItem = (frame: Frame, list: Frame | undefined, depth: number): string => {
  const blocks = blocksOf(frame)
  const start = Number(list?.values.get("start") ?? 1)
  if (list !== undefined) list.items += 1
  const mark = list?.name === "ol" ? `${(Number.isInteger(start) ? start : 1) + list.items - 1}. ` : "- "
  const [first = "", ...rest] = blocks
  // A list right under an item's line belongs to it.
  const text = rest.reduce((all, block) => `${all}${/^(?:- |\d+\. )/.test(block) ? "\n" : "\n\n"}${block}`, first)
  return indented(text, mark, depth > deepestIndent ? "" : " ".repeat(mark.length))
}

/** The state of one page: what is open, and what is known of the page as a whole. */
class Writer {
  readonly open: Array<Frame> = [frameOf("body", new Map())]
  base: string
  title = ""
  private pre = 0
  constructor(address: string) {
    this.base = address
  }

  private get top(): Frame {
    return this.open[this.open.length - 1] ?? frameOf("body", new Map())
  }

  private nearest(names: ReadonlySet<string>): Frame | undefined {
    return this.open.findLast((frame) => names.has(frame.name))
  }

  private within(name: string): number {
    return this.open.reduce((count, frame) => count + (frame.name === name ? 1 : 0), 0)
  }

  text(text: string) {
    const decoded = decodeEntities(text)
    this.top.line.push(this.pre > 0 ? decoded : decoded.replace(/[\s\u00a0]+/g, " "))
  }

  start(name: string, values: Values) {
    if (name === "pre") this.pre += 1
    if (name === "title")
      this.title = decodeEntities(values.get("text") ?? "")
        .replace(/\s+/g, " ")
        .trim()
    if (name === "code" && language(values) !== "") this.inPre(values)
    if (name === "base") this.base = linkTo(values.get("href"), this.base) ?? this.base
    this.open.push(frameOf(name, values))
  }

  /** The language of a listing stands on the code in it more often than on itself. */
  private inPre(values: Values) {
    const listing = this.nearest(preNames)
    if (listing !== undefined) listing.values = values
  }

  end(name: string) {
    const frame = this.open.pop()
    if (frame === undefined) return
    if (name === "pre") this.pre -= 1
    if (this.pre > 0) this.top.line.push(name === "br" ? "\n" : frame.line.join(""))
    else if (Object.hasOwn(marks, name) || inlineNames.has(name)) this.endInline(frame)
    else this.endBlock(frame)
  }

  private endInline(frame: Frame) {
    const { blocks, line, name, values } = frame
    const { top } = this
    if (name === "br") top.line.push("\n")
    else if (name === "img") this.image(values)
    else if (name === "input")
      top.line.push(values.get("type") === "checkbox" ? (values.has("checked") ? "[x] " : "[ ] ") : "")
    else if (blocks.length > 0 && name !== "a") {
      // Blocks in an inline element: it marks nothing then.
      flush(top)
      give(top, blocksOf(frame))
    } else top.line.push(this.inline(name, values, blocks.length > 0 ? flat(frame) : line.join("")))
  }

  private inline(name: string, values: Values, text: string): string {
    if (text.trim() === "") return text === "" ? "" : " "
    if (verbatim.has(name)) return marked(text.replaceAll("\n", " "), fence(text, 1))
    if (name === "a") {
      const link = linkTo(values.get("href"), this.base)
      return link === undefined ? text : `[${text.replace(/\s+/g, " ").trim()}](${link})`
    }
    const mark = marks[name] ?? ""
    return this.open.some((frame) => marks[frame.name] === mark) ? text : marked(text, mark)
  }

  private image(values: Values) {
    const alt = decodeEntities(values.get("alt") ?? "")
      .replace(/[\s[\]]+/g, " ")
      .trim()
    const source = linkTo(values.get("src"), this.base)
    if (alt !== "") this.top.line.push(source === undefined ? alt : `![${alt}](${source})`)
  }

  private endBlock(frame: Frame) {
    const { name } = frame
    const { top } = this
    if (cells.has(name)) return this.cell(frame)
    if (name === "tr") return this.row(frame)
    if (name === "table") return this.table(frame)
    flush(top)
    if (name === "pre") top.blocks.push(...this.code(frame))
    else if (name === "hr") top.blocks.push("---")
    else if (/^h[1-6]$/.test(name)) {
      const text = flat(frame)
      if (text !== "") top.blocks.push(`${"#".repeat(Number(name[1]))} ${text}`)
    } else if (name === "li") {
      const item = listItem(frame, top.name === "ul" || top.name === "ol" ? top : undefined, this.within("li"))
      if (item.trim() !== "-") top.blocks.push(item)
    } else if (name === "ul" || name === "ol") {
      if (blocksOf(frame).length > 0) top.blocks.push(frame.blocks.join("\n"))
    } else if (name === "blockquote" && this.within("blockquote") < deepestIndent) {
      const text = blocksOf(frame).join("\n\n")
      if (text !== "") top.blocks.push(text.replace(/^/gm, "> "))
    } else if (name !== "title" && name !== "base") give(top, blocksOf(frame))
  }

  private code(frame: Frame): ReadonlyArray<string> {
    const text = [...frame.blocks, frame.line.join("")].join("\n").replace(/^\n/, "").trimEnd()
    const mark = fence(text, 3)
    return text === "" ? [] : [`${mark}${language(frame.values)}\n${text}\n${mark}`]
  }

  private cell(frame: Frame) {
    const row = this.nearest(rowNames)
    const table = this.nearest(tableNames)
    if (row === undefined || table === undefined || this.open.indexOf(row) < this.open.indexOf(table)) {
      flush(this.top)
      give(this.top, blocksOf(frame))
      return
    }
    const span = Math.min(mostSpan, Number(frame.values.get("colspan")) || 1)
    const blank = Array.from({ length: Math.max(0, span - 1) }, () => ({ text: "", blocks: [] }))
    const blocks = blocksOf(frame)
    if (row.cells.length < widestTable) row.cells.push({ text: flat(frame).replaceAll("|", "\\|"), blocks }, ...blank)
  }

  private row(frame: Frame) {
    const table = this.nearest(tableNames)
    if (table === undefined) {
      flush(this.top)
      give(this.top, blocksOf(frame))
    } else if (frame.cells.some(({ text }) => text !== "")) table.rows.push(frame.cells)
  }

  private table(frame: Frame) {
    const outer = this.nearest(tableNames)
    if (outer !== undefined) outer.layout = true
    const { top } = this
    flush(top)
    give(top, blocksOf(frame))
    const layout = frame.layout || frame.rows.every((row) => row.length < 2)
    if (!layout) top.blocks.push(tableText(frame.rows))
    else for (const row of frame.rows) for (const cell of row) give(top, cell.blocks)
  }

  whole(): string {
    return blocksOf(this.open[0] ?? frameOf("body", new Map())).join("\n\n")
  }
}

const preNames = words("pre")
const rowNames = words("tr")
const tableNames = words("table")
const inlineNames = words("a br img input code kbd samp")

/** What a reader sees of a page, as Markdown with absolute links; the end of a very long one is left out, and said to be. */
export const htmlMarkdown = (html: string, address: string): string => {
  const writer = new Writer(address)
  const whole = readHtml(html, {
    text: (text) => writer.text(text),
    start: (name, values) => writer.start(name, values),
    end: (name) => writer.end(name)
  })
  const text = writer.whole().replace(/\n{3,}/g, "\n\n")
  const titled = writer.title === "" || /^# /m.test(text) ? text : `# ${writer.title}\n\n${text}`
  return whole ? titled : `${titled}\n\n[… the rest of this long page is left out …]`
}
