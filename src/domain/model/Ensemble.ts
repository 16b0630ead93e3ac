/** Several models asked the same, and how one answer comes of theirs. */
import * as Schema from "effect/Schema"
import { Model, ModelName } from "./Model.ts"

/** How one answer comes of several: one model picks it, each votes for one, or one model makes one of all. */
export const EnsembleWay = Schema.Literal("judge", "vote", "merge")
/** How one answer comes of several. */
export type EnsembleWay = typeof EnsembleWay.Type

/** The models that are asked beside the turn's own, and the one that picks or merges. */
export const Ensemble = Schema.Struct({ how: EnsembleWay, models: Schema.Array(Model), judge: Model })
/** The models that are asked beside the turn's own, and the one that picks or merges. */
export type Ensemble = typeof Ensemble.Type

/** One of several answers to a request: whose it is and its words, or why it has none. */
export const Candidate = Schema.Struct({
  model: ModelName,
  text: Schema.optional(Schema.String),
  failed: Schema.optional(Schema.String)
})
/** One of several answers to a request. */
export type Candidate = typeof Candidate.Type

/** What a model said of several answers, and whose it named: nobody's where it merged them, or named none. */
export const Vote = Schema.Struct({ by: ModelName, for: Schema.optional(ModelName), text: Schema.String })
/** What a model said of several answers. */
export type Vote = typeof Vote.Type
