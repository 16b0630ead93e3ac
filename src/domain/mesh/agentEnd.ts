/** The end of an agent, as the session tells it that the agent works for. */
import type { FactOf } from "../model/Event.ts"

type Ended = FactOf<"agent.ended">

/** What is known of an agent at its end. */
export interface End extends Pick<Ended, "result" | "calls" | "usage" | "step" | "reason"> {
  /** The checks that were run on its work. */
  readonly checks: ReadonlyArray<{ readonly ok: boolean }>
}

/** How an agent ended that began so. */
export const agentEnd = (
  { agent, model, path, role, turn }: FactOf<"agent.spawned">,
  { calls, checks, reason, result, step, usage }: End
): Ended => {
  const passed = checks.filter(({ ok }) => ok).length
  return {
    type: "agent.ended",
    turn,
    agent,
    role,
    model,
    path,
    result,
    checks: { passed, failed: checks.length - passed },
    calls,
    usage,
    ...(step === undefined ? {} : { step }),
    ...(reason === undefined ? {} : { reason })
  }
}
