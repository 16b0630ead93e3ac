/** Settings that are given as values: for tests, headless worlds and pages. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { Json } from "../../domain/model/Json.ts"
import { ConfigSource, type RawLayer } from "../../ports/ConfigSource.ts"

/** Settings as files would have them. */
export interface MemoryConfig {
  readonly global?: Json
  readonly project?: Json
  readonly profile?: string
}

const layerOf = (kind: "global" | "project", value: Json | undefined): ReadonlyArray<RawLayer> =>
  value === undefined ? [] : [{ origin: `${kind} config`, kind, value, line: () => Option.none() }]

/** A source with these settings, the same for every root. */
export const layer = (config: MemoryConfig = {}): Layer.Layer<ConfigSource> =>
  Layer.succeed(ConfigSource, {
    layers: () => Effect.succeed([...layerOf("global", config.global), ...layerOf("project", config.project)]),
    profile: Effect.succeed(Option.fromNullable(config.profile))
  })
