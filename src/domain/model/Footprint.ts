/** What a tool call would touch, independent of how it is written. */
import * as Schema from "effect/Schema"

/** Real absolute paths, programs, hosts and environment names; `unknown` says what could not be told. */
export const Footprint = Schema.Struct({
  read: Schema.Array(Schema.String),
  write: Schema.Array(Schema.String),
  exec: Schema.Array(Schema.String),
  net: Schema.Array(Schema.String),
  env: Schema.Array(Schema.String),
  unknown: Schema.Array(Schema.String)
})
/** What a tool call would touch. */
export type Footprint = typeof Footprint.Type

/** Touches nothing. */
export const nothing: Footprint = { read: [], write: [], exec: [], net: [], env: [], unknown: [] }

/** A footprint with only these members. */
export const footprint = (some: Partial<Footprint>): Footprint => ({ ...nothing, ...some })

/** Whether it changes nothing and runs nothing: such calls may run side by side. */
export const isReadOnly = (it: Footprint): boolean =>
  it.write.length === 0 && it.exec.length === 0 && it.net.length === 0 && it.unknown.length === 0
