/** What a session used with all that worked for it. */
import { addUsage, type Usage } from "../model/Message.ts"
import type { SessionState } from "./State.ts"

/** What a session and the agents that worked for it have used; of those, what is told of them at their end. */
export const usedBy = ({ agents, calls, usage }: SessionState): { readonly usage: Usage; readonly calls: number } =>
  [...agents.values()].reduce(
    (sum, { ended }) =>
      ended === undefined ? sum : { usage: addUsage(sum.usage, ended.usage), calls: sum.calls + ended.calls },
    { usage, calls }
  )
