/** A plan's graph as a Mermaid flowchart. */
import type { GraphNode, PlanGraph, Standing } from "./planGraph.ts"

/** Characters that mean nothing to Mermaid within quotes; all others are written as their code. */
const harmless = /[^\p{L}\p{N} .,:/()\-_+=?!✓✗…·~←]/gu

const quoted = (text: string): string => text.replace(harmless, (char) => `#${char.codePointAt(0)};`)

const colours: Readonly<Record<Standing, string>> = {
  waiting: "fill:#f3f4f6,stroke:#6b7280,color:#111827",
  running: "fill:#dbeafe,stroke:#1d4ed8,color:#111827",
  verified: "fill:#dcfce7,stroke:#15803d,color:#111827",
  unverified: "fill:#fef9c3,stroke:#a16207,color:#111827",
  failed: "fill:#fee2e2,stroke:#b91c1c,color:#111827",
  cancelled: "fill:#e5e7eb,stroke:#6b7280,color:#374151",
  proposed: "fill:#f3e8ff,stroke:#7e22ce,color:#111827,stroke-dasharray:4"
}

const label = ({ check, id, mark, role, spent, standing, title }: GraphNode): string =>
  [`${mark} ${id} (${role}), ${standing}`, title, check, ...(spent === "" ? [] : [spent])].map(quoted).join("<br/>")

/** The graph in Mermaid's words: a box for each step, an arrow for each that waits for another, a class for how it stands. */
export const mermaidLines = ({ edges, goal, layers, status }: PlanGraph): ReadonlyArray<string> => {
  const nodes = layers.flat()
  // Names of our own: a step may be called `end`, which is a word of Mermaid's.
  const names = new Map(nodes.map(({ id }, index) => [id, `s${index}`]))
  const used = [...new Set(nodes.map(({ standing }) => standing))]
  return [
    "flowchart LR",
    `  %% ${quoted(goal)}, ${status}`,
    ...nodes.map((node) => `  ${names.get(node.id)}["${label(node)}"]:::${node.standing}`),
    ...edges.map(({ from, to }) => `  ${names.get(from)} --> ${names.get(to)}`),
    ...used.map((standing) => `  classDef ${standing} ${colours[standing]}`)
  ]
}
