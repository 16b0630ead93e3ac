/** What agents may use that work where the plan's account is not: each what is left when it begins, settled when it ends. */
import * as Effect from "effect/Effect"
import type { Outcome } from "../../ports/TaskEngine.ts"
import type { Allowance } from "../model/Limits.ts"
import { type Account, openAccount } from "../session/Account.ts"
import { type Amount, amountOf, nothingSpent, type Purse } from "../session/ledger.ts"
import type { SessionState } from "../session/State.ts"
import { usedBy } from "../session/usedBy.ts"
import type { PlanRun } from "./PlanRun.ts"

/** What of a plan that is carried out says who pays for its agents, and whether they work elsewhere. */
interface Payer extends Pick<PlanRun, "choices"> {
  readonly engine: Pick<PlanRun["engine"], "elsewhere">
}

const kinds = ["tokens", "cost", "calls"] as const

/** The least that any of these purses has left of each kind; nothing of a kind that none limits. */
export const leftIn = (purses: ReadonlyArray<Purse>): Allowance | undefined => {
  const left = kinds.flatMap((kind) => {
    const all = purses.flatMap(({ allows, spent }) => {
      const allowed = allows[kind]
      return allowed === undefined ? [] : [Math.max(0, allowed - spent[kind])]
    })
    return all.length === 0 ? [] : [[kind, Math.min(...all)] as const]
  })
  return left.length === 0 ? undefined : Object.fromEntries(left)
}

/** Has an account pay; where it has nothing left, whoever watches it is told. */
const pays = (account: Account, amount: Amount) =>
  Effect.scoped(account.hold({ input: 0, output: 0 }, Effect.succeed(amount)))

/** What a plan's agent may use that begins elsewhere. Where nothing is left it never begins: the plan ends by its limit. */
export const allotted = ({ choices: { account }, engine }: Payer): Effect.Effect<Allowance | undefined> =>
  account === undefined || !engine.elsewhere
    ? Effect.succeed(undefined)
    : pays(account, nothingSpent).pipe(
        Effect.zipRight(account.purses),
        Effect.map(leftIn),
        Effect.catchAll(() => Effect.never)
      )

/** Has the plan's account pay what an agent used elsewhere, once. */
export const charged = ({ choices: { account }, engine }: Payer, state: SessionState, outcome: Outcome) => {
  const known = state.agents.get(outcome.agent)?.ended !== undefined
  if (account === undefined || !engine.elsewhere || known) return Effect.void
  return Effect.ignore(pays(account, amountOf(outcome.usage, outcome.calls)))
}

/** The account of an agent whose plan is carried out in another process: what it was allotted, less what it has used. */
export const ownAccount = (allowance: Allowance, agent: SessionState): Effect.Effect<Account> => {
  const { calls, usage } = usedBy(agent)
  return openAccount("plan", allowance, amountOf(usage, calls))
}
