/** The settings in force for a project. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { type ConfigInvalid, ConfigSource, type RawLayer } from "../../ports/ConfigSource.ts"
import type { Json } from "../model/Json.ts"
import { type Merged, merge } from "./merge.ts"

/** What the command line says about settings. */
export interface SettingsOptions {
  /** Wins over the environment's choice. */
  readonly profile?: string | undefined
  /** Settings that flags stand for, as a file would have them. */
  readonly flags?: Json | undefined
  /** The providers that need no declaration; without them, any model may stand in for another. */
  readonly providers?: ReadonlyArray<string> | undefined
}

const flagLayer = (value: Json): RawLayer => ({ origin: "flags", kind: "flags", value, line: () => Option.none() })

/** The settings in force for a project. */
export class Settings extends Context.Tag("code-mesh/domain/Settings")<
  Settings,
  {
    /** Defaults, files, profile, environment and flags, laid over one another; read afresh each time. */
    readonly load: (root: string, options?: SettingsOptions) => Effect.Effect<Merged, ConfigInvalid>
  }
>() {
  /** Settings from wherever the source finds them, with this process's flags and profile on top. */
  static readonly layerWith = (always: SettingsOptions): Layer.Layer<Settings, never, ConfigSource> =>
    Layer.effect(
      Settings,
      Effect.map(ConfigSource, (source) => ({
        load: Effect.fn("Settings.load")(function* (root: string, options: SettingsOptions = {}) {
          const layers = yield* source.layers(root)
          const profile = options.profile ?? always.profile
          const chosen = profile === undefined ? yield* source.profile : Option.some(profile)
          const flags = [always.flags, options.flags].flatMap((value) =>
            value === undefined ? [] : [flagLayer(value)]
          )
          return yield* merge([...layers, ...flags], chosen, options.providers ?? always.providers)
        })
      }))
    )

  /** Settings from wherever the source finds them. */
  static readonly layer: Layer.Layer<Settings, never, ConfigSource> = Settings.layerWith({})
}
