/** What every workspace promises, as laws: run by vitest in Node and by a page in Chromium. */
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { describe } from "vitest"
import { type WorkspacePlace, workspaceLaws } from "./Workspace.laws.ts"

/** Checks a workspace adapter; `place` makes a fresh one with `seedFiles` in it for each law. */
export const workspaceContract = (
  name: string,
  place: Effect.Effect<WorkspacePlace, unknown, Scope.Scope>,
  skipped: ReadonlyArray<string> = []
): void =>
  describe(`${name} keeps the contract of Workspace`, () => {
    for (const law of workspaceLaws) {
      if (skipped.includes(law.name)) it.skip(law.name, () => undefined)
      else it.scoped(law.name, () => Effect.flatMap(place, (made) => law.check(made)))
    }
  })
