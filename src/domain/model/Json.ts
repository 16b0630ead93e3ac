/** JSON values, and the one spelling of them that hashes agree on. */
import * as Schema from "effect/Schema"

/** Any JSON value. */
export type Json = string | number | boolean | null | ReadonlyArray<Json> | { readonly [key: string]: Json }

/** Any JSON value; numbers are finite. */
export const Json: Schema.Schema<Json> = Schema.suspend(
  (): Schema.Schema<Json> =>
    Schema.Union(
      Schema.String,
      Schema.JsonNumber,
      Schema.Boolean,
      Schema.Null,
      Schema.Array(Json),
      Schema.Record({ key: Schema.String, value: Json })
    )
).annotations({ identifier: "Json" })

/** A JSON object. */
export const JsonObject = Schema.Record({ key: Schema.String, value: Json })
/** A JSON object. */
export type JsonObject = typeof JsonObject.Type

/**
 * RFC 8785 canonical JSON: keys sorted by UTF-16 code units, no blanks, numbers as ECMAScript prints them.
 * Members that are `undefined` are left out, as `JSON.stringify` does.
 */
export const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item ?? null)).join(",")}]`
  if (typeof value === "object" && value !== null) {
    const record = value as Record<string, unknown>
    const members = Object.keys(record)
      .filter((key) => record[key] !== undefined)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonical(record[key])}`)
    return `{${members.join(",")}}`
  }
  return JSON.stringify(value)
}
