/** JSON Schemas as providers want them: for tools, and for answers. */
import type { Json } from "../../../domain/model/Json.ts"
import { isRecord } from "./fields.ts"

/** A tool's schema as an object that names its properties: some refuse one without. */
export const toolSchema = (input: Readonly<Record<string, unknown>>) => ({
  properties: {},
  ...input,
  type: "object" as const
})

type Node = Readonly<Record<string, unknown>>

const values = (node: Node): ReadonlyArray<unknown> =>
  Object.values(node).flatMap((value): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [value]))

/** Whether a schema is one that can be held to strictly: every object closed, all of its properties required. */
export const isStrict = (schema: unknown): boolean => {
  if (!isRecord(schema)) return true
  if (schema.type === "object" || isRecord(schema.properties)) {
    const names = Object.keys(isRecord(schema.properties) ? schema.properties : {})
    const required: ReadonlyArray<unknown> = Array.isArray(schema.required) ? schema.required : []
    if (schema.additionalProperties !== false || !names.every((name) => required.includes(name))) return false
  }
  return values(schema).every(isStrict)
}

// Limits that Anthropic's structured outputs refuse; whoever asked checks the answer against the whole schema.
const limits = new Set([
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "pattern",
  "minItems",
  "maxItems",
  "uniqueItems",
  "$schema"
])

const closedMap = (map: unknown): unknown =>
  isRecord(map) ? Object.fromEntries(Object.entries(map).map(([name, value]) => [name, closedNode(value)])) : map

const closedNode = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(closedNode)
  if (!isRecord(node)) return node
  const entries = Object.entries(node).flatMap(([key, value]): ReadonlyArray<readonly [string, unknown]> => {
    if (limits.has(key)) return []
    if (key === "properties" || key === "$defs" || key === "definitions") return [[key, closedMap(value)]]
    const nested = key === "items" || key === "anyOf" || key === "allOf" || key === "oneOf"
    return [[key, nested ? closedNode(value) : value]]
  })
  const isObject = node.type === "object" || isRecord(node.properties)
  return { ...Object.fromEntries(entries), ...(isObject ? { additionalProperties: false } : {}) }
}

/** The schema with every object closed and without limits on numbers, texts and lists. */
export const closed = (schema: Json): Record<string, unknown> => {
  const node = closedNode(schema)
  return isRecord(node) ? { ...node } : {}
}
