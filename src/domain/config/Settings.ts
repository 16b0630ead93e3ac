/** The configuration in force: layers read, checked and merged. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { ConfigInvalid } from "../../ports/ConfigSource.ts"
import type { Config } from "../model/Config.ts"

/** A configuration, and where each dotted key's value came from. */
export interface Loaded {
  readonly config: Config
  readonly origins: ReadonlyMap<string, string>
}

/** The configuration in force. */
export class Settings extends Context.Tag("code-mesh/domain/Settings")<
  Settings,
  {
    /** Reads, checks and merges every layer for a root, with the profile and flags of this process on top. */
    readonly load: (root: string) => Effect.Effect<Loaded, ConfigInvalid>
  }
>() {}
