/** In a page: the contract of Search by walking, over OPFS. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { make as search } from "../../src/adapters/shared/WalkSearch.ts"
import { Place, searchContract, searchFiles } from "../ports/Search.contract.ts"
import { collect } from "../support/contract.ts"
import { workspaceOf } from "./opfsWorkspace.page.ts"

/** Runs the contract of Search. */
export const run = () =>
  collect(searchContract, () =>
    Layer.effect(
      Place,
      Effect.map(workspaceOf(searchFiles), (workspace) => ({ search, workspace }))
    )
  )
