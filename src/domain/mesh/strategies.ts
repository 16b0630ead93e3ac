/** How the steps of a plan are given to agents: the same graph, four ways. */
import type { Config } from "../model/Config.ts"
import type { Strategy } from "../model/Plan.ts"

/** What a strategy does that others do not. */
export interface Way {
  /** So many agents work at once, where nobody says otherwise. */
  readonly width: number
  /** So many try each step that changes files, each in a copy of its own; one of them is chosen. */
  readonly candidates: number
  /** Each step is told what all before it came to, not only those it depends on. */
  readonly handsOver: boolean
  /** Peers claim what is ready. */
  readonly claims: boolean
  /** Agents may tell each other things while they work, and propose steps. */
  readonly talks: boolean
  /** A coordinator decides what becomes of a step that failed for good. */
  readonly coordinates: boolean
}

const usual: Way = { width: 8, candidates: 1, handsOver: false, claims: false, talks: true, coordinates: false }

const ways: Readonly<Record<Strategy, Way>> = {
  hierarchical: { ...usual, coordinates: true },
  pipeline: { ...usual, width: 1, handsOver: true },
  mesh: { ...usual, claims: true },
  // Who competes does not talk.
  swarm: { ...usual, candidates: 3, talks: false }
}

/** A strategy under a configuration: `agents.max_count` bounds its width, `agents.candidates` says how many try a step. */
export const wayOf = (strategy: Strategy, { agents = {} }: Config): Way => {
  const way = ways[strategy]
  const width = Math.min(agents.max_count ?? usual.width, way.width === 1 ? 1 : Number.MAX_SAFE_INTEGER)
  return { ...way, width, candidates: way.candidates === 1 ? 1 : (agents.candidates ?? way.candidates) }
}
