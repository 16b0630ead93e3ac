/** How an agent begins another one: what the mesh is told of the one above. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Copy } from "../../ports/WorkingCopies.ts"
import type { Rights, TurnOptions } from "../model/Command.ts"
import type { Config } from "../model/Config.ts"
import type { CallId } from "../model/Ids.ts"
import type { Account } from "../session/Account.ts"
import type { SessionHandle } from "../session/Session.ts"
import type { Outcome, ToolFailure, Wish } from "../tools/Tool.ts"

/** The agent that gives work to others, in one of its turns. */
export interface Delegator {
  readonly handle: SessionHandle
  readonly copy: Copy
  readonly turn: number
  readonly config: Config
  /** What it may do, as its turn began; what a person allowed it since is in its state. */
  readonly rights: Rights
  readonly asking: Pick<TurnOptions, "attended" | "yes">
}

/** Lets other agents work for the calls of one turn. */
export type Delegate = (call: CallId, wish: Wish) => Effect.Effect<Outcome, ToolFailure>

/** How many agents work for one at once, where nobody says otherwise. */
export const usualWidth = 8

/** How deep agents may begin others, where nobody says otherwise. */
export const usualDepth = 2

/** What pays for the turn that runs: agents that it begins are paid from it as well. */
export class TurnAccount extends Context.Reference<TurnAccount>()("code-mesh/domain/TurnAccount", {
  defaultValue: (): Option.Option<Account> => Option.none()
}) {}
