/** Whether a page may be fetched without asking, for tools that are led on from one. */
import { footprint } from "../model/Footprint.ts"
import { evaluate, noGrammar, type Policy } from "./evaluate.ts"

/** Whether the rules allow a host, with its port where that is not the usual one, to be fetched from. */
export const mayReach = (host: string, policy: Omit<Policy, "grammar">): boolean =>
  evaluate({ tool: "webfetch", footprint: footprint({ net: [host] }), subjects: [] }, { ...policy, grammar: noGrammar })
    .decision === "allow"
