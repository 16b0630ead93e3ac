/** A plan's graph as a picture: SVG that stands alone, legible on light and dark, and said in words to who cannot see it. */
import { type GraphNode, graphLines, type PlanGraph, type Standing } from "./planGraph.ts"
import { box, layoutOf, type Point } from "./planLayout.ts"

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => `${entities[char]}`)

/** How wide a character is drawn, in those of a usual one: what lies above the scripts of Europe and the Near East is wide. */
const wide = (char: string): number => (char >= "\u1100" ? 2 : 1)

/** As much of the text as fits into so many usual characters. */
const fitted = (text: string, most: number): string => {
  let used = 0
  const chars = Array.from(text)
  const fits = chars.findIndex((char) => {
    used += wide(char)
    return used > most
  })
  return fits === -1 ? text : `${chars.slice(0, Math.max(0, fits - 1)).join("")}…`
}

/** A colour for light and one for dark: text on a box keeps a contrast of 7 to 1 and more in both. */
const edgeColours: Readonly<Record<Standing, readonly [light: string, dark: string]>> = {
  waiting: ["#6b7280", "#9ca3af"],
  running: ["#1d4ed8", "#93c5fd"],
  verified: ["#15803d", "#86efac"],
  unverified: ["#a16207", "#fde047"],
  failed: ["#b91c1c", "#fca5a5"],
  cancelled: ["#6b7280", "#9ca3af"],
  proposed: ["#7e22ce", "#d8b4fe"]
}

const rules = (theme: 0 | 1): string =>
  Object.entries(edgeColours)
    .map(([standing, colours]) => `.${standing}{stroke:${colours[theme]}}.mark-${standing}{fill:${colours[theme]}}`)
    .join("")

const style = [
  "text{font-family:system-ui,sans-serif;font-size:13px;fill:#111827}.goal{font-size:16px;font-weight:600}",
  ".name{font-weight:600}.more{font-size:12px;fill:#374151}.page{fill:#ffffff}",
  ".box{fill:#f9fafb;stroke-width:2}.proposed{stroke-dasharray:6 4}.line{fill:none;stroke:#4b5563;stroke-width:1.5}",
  `.head{fill:#4b5563}${rules(0)}`,
  "@media (prefers-color-scheme:dark){text{fill:#f3f4f6}.more{fill:#d1d5db}.page{fill:#111827}.box{fill:#1f2937}",
  `.line{stroke:#9ca3af}.head{fill:#9ca3af}${rules(1)}}`
].join("")

const boxLines = ({ node, x, y }: Point & { readonly node: GraphNode }): ReadonlyArray<string> => {
  const { check, id, mark, role, spent, standing, title } = node
  const more = [standing, ...(spent === "" ? [] : [spent])].join(" · ")
  const all = [`${mark} ${id} [${role}]`, title, check, more].join("\n")
  // A picture within the picture: what is too long ends at the box.
  return [
    `<svg x="${x}" y="${y}" width="${box.width}" height="${box.height}"><title>${escaped(all)}</title>`,
    `<rect class="box ${standing}" x="1" y="1" width="${box.width - 2}" height="${box.height - 2}" rx="8"/>`,
    `<text x="12" y="22"><tspan class="mark-${standing}">${escaped(mark)}</tspan> <tspan class="name">${escaped(fitted(id, 20))}</tspan> ${escaped(fitted(role, 12))}</text>`,
    `<text x="12" y="40">${escaped(fitted(title, 36))}</text>`,
    `<text class="more" x="12" y="57">${escaped(fitted(check, 38))}</text>`,
    `<text class="more" x="12" y="73">${escaped(more)}</text></svg>`
  ]
}

/** Curves between columns, straight on past them. */
const pathOf = (points: ReadonlyArray<Point>): string =>
  points
    .map(({ x, y }, index) => {
      const [before] = points.slice(Math.max(0, index - 1), index)
      if (before === undefined) return `M${x} ${y}`
      if (index % 2 === 0) return `L${x} ${y}`
      const middle = (before.x + x) / 2
      return `C${middle} ${before.y} ${middle} ${y} ${x} ${y}`
    })
    .join(" ")

/** The graph as lines of SVG. */
export const svgLines = (graph: PlanGraph): ReadonlyArray<string> => {
  const { boxes, height, lines, width } = layoutOf(graph)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="plan-title plan-text">`,
    `<title id="plan-title">${escaped(`Plan: ${graph.goal}`)}</title>`,
    `<desc id="plan-text">${escaped(graphLines(graph).join("\n"))}</desc>`,
    `<style>${style}</style>`,
    '<defs><marker id="plan-arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path class="head" d="M0 0 8 4 0 8z"/></marker></defs>',
    `<rect class="page" width="${width}" height="${height}"/>`,
    `<text class="goal" x="24" y="34">${escaped(fitted(`${graph.goal} · ${graph.status}`, Math.floor((width - 48) / 9)))}</text>`,
    ...lines.map((points) => `<path class="line" marker-end="url(#plan-arrow)" d="${pathOf(points)}"/>`),
    ...boxes.flatMap(boxLines),
    "</svg>"
  ]
}
