/** How a fact is written: its type, then what it says. */
import * as Schema from "effect/Schema"

/** A fact of this type with these fields. */
export const fact = <T extends string, F extends Schema.Struct.Fields>(type: T, fields: F) =>
  Schema.Struct({ type: Schema.Literal(type), ...fields })
