/** Carries commands out: what is left to do once a session has taken a command. */
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { ConfigInvalid } from "../../ports/ConfigSource.ts"
import type { SessionMissing } from "../../ports/EventStore.ts"
import { Shell } from "../../ports/Shell.ts"
import { Settings, type SettingsOptions } from "../config/Settings.ts"
import type { Command, TurnOptions } from "../model/Command.ts"
import type { Account } from "../session/Account.ts"
import { begin } from "../session/begin.ts"
import { Refused } from "../session/refused.ts"
import type { SessionHandle, WriteError } from "../session/Session.ts"
import type { SessionState } from "../session/State.ts"
import { commitCommand } from "../staging/commit.ts"
import * as Staging from "../staging/Staging.ts"
import type { Teammate } from "../tools/Teammate.ts"
import { compactNow, run } from "./Agent.ts"
import { endOf, type TurnError } from "./close.ts"
import type { Delegate, Delegator } from "./Delegating.ts"
import { entitle } from "./entitle.ts"

/** The applied paths could not be committed; the files are applied all the same. */
export class CommitFailed extends Schema.TaggedError<CommitFailed>()("CommitFailed", { output: Schema.String }) {
  override get message(): string {
    return `The changes are applied, but git did not commit them: ${this.output.trim()}`
  }
}

/** Why a command came to nothing. */
export type SubmitError =
  | Refused
  | SessionMissing
  | WriteError
  | ConfigInvalid
  | Staging.StagingError
  | CommitFailed
  | TurnError

/** The settings of this process, and who else pays for the turns. */
export interface TurnChoices extends SettingsOptions {
  readonly account?: Account
  /** The agents that this one works with. */
  readonly team?: Teammate
  /** How it gives work to agents that it begins. */
  readonly delegate?: (from: Delegator) => Delegate
}

/** What of the choices an agent's turns are told beside the settings. */
const othersIn = ({ account, delegate, team }: TurnChoices) => ({
  ...(account === undefined ? {} : { account }),
  ...(team === undefined ? {} : { team }),
  ...(delegate === undefined ? {} : { delegate })
})

const inTurn = Effect.fn("CodeMesh.turns")(function* (
  handle: SessionHandle,
  options: TurnOptions,
  choices: TurnChoices
) {
  const settings = yield* Settings
  const others = othersIn(choices)
  for (;;) {
    const { config } = yield* settings.load((yield* handle.state).root, choices)
    // A child of this fiber: it ends with the turns at the latest, and nobody waits for it.
    yield* Effect.fork(choices.account === undefined ? entitle(handle, config) : Effect.void)
    yield* run({ handle, options, config, ...others })
    const state = yield* handle.state
    if (state.last?.status === "done" && state.apply === "auto" && Staging.waiting(state).length > 0)
      yield* Staging.apply(handle)
    const [first, ...rest] = state.queue.flatMap((waiting) => waiting.parts)
    if (first === undefined || state.last?.status === "interrupted") return
    yield* handle.record(begin(state, [first, ...rest], state.queue[0]?.limits))
  }
})

/** Ends a turn that was stopped before it could end itself, such as by settings that are wrong. */
const endTurn = (handle: SessionHandle, cause: Cause.Cause<SubmitError>) =>
  Effect.flatMap(handle.state, (state) =>
    state.running ? handle.record([endOf(state.turn, cause)]) : Effect.succeed([])
  ).pipe(Effect.ignore)

/**
 * Runs the turn that a prompt began, applies what it staged where that is wanted, then the turns that wait. However it
 * ends, no turn is left open.
 */
export const runTurns = (handle: SessionHandle, options: TurnOptions, choices: TurnChoices) =>
  Effect.onError(Effect.interruptible(inTurn(handle, options, choices)), (cause) => endTurn(handle, cause))

const commit = (root: string, paths: ReadonlyArray<string>, message: string) =>
  Effect.gen(function* () {
    const shell = yield* Shell
    const result = yield* shell.run({
      command: commitCommand(paths, message),
      cwd: root,
      sandbox: "off",
      network: false,
      timeout: 60_000,
      maxOutput: 10_000
    })
    if (!Option.contains(result.code, 0)) return yield* new CommitFailed({ output: result.output })
  }).pipe(Effect.catchTag("ShellFailed", (error) => new CommitFailed({ output: error.reason })))

const applyAndCommit = (handle: SessionHandle, command: Extract<Command, { type: "Apply" }>, before: SessionState) =>
  Effect.gen(function* () {
    const applied = yield* Staging.apply(handle, command.paths)
    if (!applied || command.commit === undefined) return
    const paths = Staging.waiting(before, command.paths).map((change) => change.path)
    yield* commit(before.root, paths, command.commit)
  })

const compactOrRefuse = (handle: SessionHandle, before: SessionState, choices: SettingsOptions) =>
  Effect.gen(function* () {
    const { config } = yield* (yield* Settings).load(before.root, choices)
    if (yield* compactNow({ handle, options: {}, config })) return
    return yield* new Refused({
      session: before.id,
      kind: "nothing",
      reason: "The conversation is too short to be compacted."
    })
  })

/** Does what a command asks of the world, where its facts are known only once it is done. */
export const carryOut = (handle: SessionHandle, command: Command, before: SessionState, choices: SettingsOptions) =>
  Effect.gen(function* () {
    switch (command.type) {
      case "Apply":
        return yield* applyAndCommit(handle, command, before)
      case "Discard":
        return yield* Effect.asVoid(Staging.discard(handle, command.paths))
      case "Undo":
        return yield* Effect.asVoid(Staging.undo(handle))
      case "Redo":
        return yield* Effect.asVoid(Staging.redo(handle))
      case "Compact":
        return yield* compactOrRefuse(handle, before, choices)
      default:
        return
    }
  })
