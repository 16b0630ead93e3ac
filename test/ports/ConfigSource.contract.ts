/** What every ConfigSource must hold. The layer under test has one global and one project config, as below. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { ConfigSource } from "../../src/ports/ConfigSource.ts"
import { type Contract, equal } from "../support/contract.ts"

/** The settings that the source under test must have, for the root `/project` or what stands for it. */
export const contractConfig = {
  global: { model: { default: "a/global", small: "a/small" }, profiles: { work: { context: { max: 9000 } } } },
  project: { model: { default: "a/project", fallback: ["b/c"] } },
  profile: "work"
} as const

/** What every ConfigSource must hold. */
export const configSourceContract = (root: string): Contract<ConfigSource> => ({
  name: "ConfigSource",
  tests: [
    {
      name: "gives its layers as written, the lowest first",
      run: Effect.gen(function* () {
        const layers = yield* Effect.flatMap(ConfigSource, (source) => source.layers(root))
        equal(
          layers.map((layer) => [layer.kind, layer.value]),
          [
            ["global", contractConfig.global],
            ["project", contractConfig.project]
          ]
        )
      })
    },
    {
      name: "gives each layer an origin of its own",
      run: Effect.gen(function* () {
        const layers = yield* Effect.flatMap(ConfigSource, (source) => source.layers(root))
        equal(new Set(layers.map((layer) => layer.origin)).size, 2)
      })
    },
    {
      name: "has no line for a key that is not there",
      run: Effect.gen(function* () {
        const layers = yield* Effect.flatMap(ConfigSource, (source) => source.layers(root))
        equal(
          layers.map((layer) => Option.isNone(layer.line(["model", "nothing"]))),
          [true, true]
        )
      })
    },
    {
      name: "tells the profile that was chosen",
      run: Effect.gen(function* () {
        equal(Option.getOrUndefined(yield* Effect.flatMap(ConfigSource, (source) => source.profile)), "work")
      })
    }
  ]
})
