/**
 * The parts of a page that a reader needs, as a balanced stream of text and elements: without scripts, styles and comments,
 * and of bounded size and depth. One pass, linear in the page whatever is in it: a page may be written to be the worst one.
 */

/** Where the parts of a page go. Every element that starts ends, and in order. */
export interface HtmlSink {
  readonly text: (text: string) => void
  readonly start: (name: string, values: ReadonlyMap<string, string>) => void
  readonly end: (name: string) => void
}

/** Characters of text, and elements, that are read; elements that stand in one another. */
const mostText = 600_000
const mostElements = 60_000
const deepest = 60

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "))

/** Their text is no HTML: it ends at their own end tag only. */
const raw = words("script style textarea title xmp noembed noframes")
/** Nothing in them is text for readers. */
const silent = words("svg math template iframe object canvas audio video select datalist")
const empty = words("base br hr img input")
const kept = words(
  "a b strong i em s del strike code pre kbd samp h1 h2 h3 h4 h5 h6 p blockquote ul ol li dl dt dd table thead tbody tfoot " +
    "tr td th caption base div section article main header footer nav aside figure figcaption details summary address br hr img input"
)
const cells = ["td", "th", "p"]
const ends: Readonly<Record<string, ReadonlyArray<string>>> = {
  li: ["li", "p"],
  dt: ["dt", "dd", "p"],
  dd: ["dt", "dd", "p"],
  td: cells,
  th: cells,
  tr: [...cells, "tr"],
  thead: [...cells, "tr", "caption"],
  tbody: [...cells, "tr", "thead", "tbody", "caption"],
  tfoot: [...cells, "tr", "tbody"]
}
const inline = words("base a b strong i em s del strike code kbd samp br img input")
const inParagraph: ReadonlyArray<string> = ["p"]

/** Which open elements a start tag ends without an end tag of theirs. */
const endedBy = (name: string): ReadonlyArray<string> => ends[name] ?? (inline.has(name) ? [] : inParagraph)

const attribute = /([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+)))?|[^>]/y

interface Tag {
  readonly name: string
  readonly closes: boolean
  readonly values: ReadonlyMap<string, string>
  /** Where the text goes on. */
  readonly end: number
}

/** The tag that starts here; nothing where none does. */
const tagAt = (html: string, at: number): Tag | undefined => {
  const start = /<(\/?)([a-zA-Z][a-zA-Z0-9-]{0,30})(?![^\s/>])/y
  start.lastIndex = at
  const [whole = "", slash, name = ""] = start.exec(html) ?? []
  if (whole === "") return undefined
  const values = new Map<string, string>()
  attribute.lastIndex = at + whole.length
  for (;;) {
    const from = attribute.lastIndex
    const [found, key, double, single, bare] = attribute.exec(html) ?? []
    if (found === undefined) return { name: name.toLowerCase(), closes: slash === "/", values, end: from + 1 }
    if (key !== undefined && values.size < 30) values.set(key.toLowerCase(), double ?? single ?? bare ?? "")
  }
}

/** Where markup that is not an element ends: a comment, a declaration. */
const pastDeclaration = (html: string, at: number): number => {
  const mark = html.startsWith("<!--", at) ? "-->" : ">"
  const end = html.indexOf(mark, at + 2)
  return end < 0 ? html.length : end + mark.length
}

/** Keeps what is sent balanced and bounded: what is open is known, and never deeper than the limit. */
const makeBalance = (sink: HtmlSink) => {
  const open: Array<string> = []
  let texts = 0
  let elements = 0
  const pop = () => sink.end(open.pop() ?? "")
  return {
    full: () => texts > mostText || elements > mostElements,
    text: (text: string) => {
      texts += text.length
      sink.text(text)
    },
    start: ({ name, values }: Tag) => {
      elements += 1
      const ended = endedBy(name)
      while (ended.includes(open[open.length - 1] ?? "")) pop()
      if (!empty.has(name) && open.length >= deepest) return
      sink.start(name, values)
      if (empty.has(name)) sink.end(name)
      else open.push(name)
    },
    end: (name: string) => {
      const at = open.lastIndexOf(name)
      while (at >= 0 && open.length > at) pop()
    },
    endAll: () => {
      while (open.length > 0) pop()
    }
  }
}

/** Where the content of an element that is left out ends; `lower` is the page in lower case. */
const pastContent = (lower: string, name: string, at: number): number => {
  const end = lower.indexOf(`</${name}`, at)
  const close = end < 0 ? -1 : lower.indexOf(">", end)
  return close < 0 ? lower.length : close + 1
}

/** The text of a title, which is no HTML, goes with its start. */
const tellTitle = (sink: HtmlSink, text: string) => {
  sink.start("title", new Map([["text", text]]))
  sink.end("title")
}

/** Sends what a reader needs of a page; answers whether all of it was sent. `title` and `base` come as elements, too. */
export const readHtml = (html: string, sink: HtmlSink): boolean => {
  const balance = makeBalance(sink)
  const lower = html.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
  /** Reads what begins with the `<` here; answers where the text goes on. */
  const markup = (at: number): number => {
    const tag = tagAt(html, at)
    if (tag === undefined) {
      if (html[at + 1] === "!" || html[at + 1] === "?") return pastDeclaration(html, at)
      balance.text("<")
      return at + 1
    }
    const { closes, end, name } = tag
    if (closes) balance.end(name)
    else if (raw.has(name) || silent.has(name)) {
      const past = pastContent(lower, name, end)
      if (name === "title") tellTitle(sink, html.slice(end, lower.lastIndexOf("</", past)))
      return past
    } else if (kept.has(name)) balance.start(tag)
    return end
  }
  let at = 0
  while (at < html.length && !balance.full()) {
    const found = html.indexOf("<", at)
    const next = found < 0 ? html.length : found
    if (next > at) balance.text(html.slice(at, Math.min(next, at + mostText)))
    at = next < html.length ? markup(next) : next
  }
  balance.endAll()
  return at >= html.length
}
