/** Finds the checks that a project has: reads a few small files in its root, and runs nothing. */
import * as Effect from "effect/Effect"
import { TextCodec } from "../../ports/TextCodec.ts"
import type { WorkspaceService } from "../../ports/Workspace.ts"
import { foundChecks, type NamedTools, readForChecks } from "./foundChecks.ts"

/** The most bytes of one file; a larger one is as if its text said nothing. */
const mostBytes = 262_144

/** The checks of a workspace's root; none where it cannot be read. A link out of it is not followed. */
export const findChecks = (workspace: WorkspaceService, tools: NamedTools = {}) =>
  Effect.gen(function* () {
    const { decode } = yield* TextCodec
    const entries = yield* Effect.orElseSucceed(workspace.list("."), () => [])
    const names = new Set(entries.filter(({ kind }) => kind !== "directory").map(({ name }) => name))
    const texts = new Map<string, string>()
    for (const name of readForChecks.filter((it) => names.has(it))) {
      const text = yield* Effect.orElseSucceed(
        Effect.map(workspace.read(name, mostBytes), (bytes) => decode(bytes)?.text),
        () => undefined
      )
      if (text !== undefined) texts.set(name, text)
    }
    return foundChecks({ names, texts }, tools)
  })
