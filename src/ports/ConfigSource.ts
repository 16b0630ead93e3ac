/** Raw settings from where people put them. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Json } from "../domain/model/Json.ts"

/** A setting is wrong, or a file with settings cannot be read. */
export class ConfigInvalid extends Schema.TaggedError<ConfigInvalid>()("ConfigInvalid", {
  /** File, environment variable or flag. */
  origin: Schema.String,
  line: Schema.optional(Schema.Int),
  key: Schema.optional(Schema.String),
  reason: Schema.String
}) {
  override get message(): string {
    const where = this.line === undefined ? this.origin : `${this.origin}:${this.line}`
    return `${where}: ${this.key === undefined ? "" : `${this.key}: `}${this.reason}`
  }
}

/** One layer as written. */
export interface RawLayer {
  /** `global config PATH`, `project config PATH`, `environment`, `flags`: what people are told. */
  readonly origin: string
  readonly kind: "global" | "project" | "environment" | "flags"
  readonly value: Json
  /** The person has not trusted it: it is checked and shown, and takes no effect. */
  readonly inert?: true
  /** The line a key stands on, from 1. */
  readonly line: (key: ReadonlyArray<string>) => Option.Option<number>
}

/** Raw settings from where people put them. */
export class ConfigSource extends Context.Tag("code-mesh/ports/ConfigSource")<
  ConfigSource,
  {
    /** The layers for a project, lowest precedence first. Both kinds of project file at once is an error. */
    readonly layers: (root: string) => Effect.Effect<ReadonlyArray<RawLayer>, ConfigInvalid>
    /** The environment's choice of profile. */
    readonly profile: Effect.Effect<Option.Option<string>>
  }
>() {}
