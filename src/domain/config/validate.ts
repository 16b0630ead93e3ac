/** Whether one layer of settings is well-formed, and where it is not: by file, line and key. */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { ConfigInvalid, type RawLayer } from "../../ports/ConfigSource.ts"
import { Config } from "../model/Config.ts"
import type { Json } from "../model/Json.ts"
import { coerce } from "./coerce.ts"
import { describe, type Key, keysAt, keysIn, typeAt } from "./describe.ts"
import { nearest } from "./suggest.ts"

/** A key as it is written: dots between, quotes where a part needs them. */
export const dotted = (key: Key): string =>
  key.map((part) => (/^[A-Za-z0-9_-]+$/.test(part) ? part : JSON.stringify(part))).join(".")

/** The error for a key of a layer, with the line that it or the table round it stands on. */
export const invalid = (layer: RawLayer, key: Key, reason: string): ConfigInvalid => {
  let line: Option.Option<number> = Option.none()
  for (let length = key.length; length > 0 && Option.isNone(line); length--) line = layer.line(key.slice(0, length))
  return new ConfigInvalid({
    origin: layer.origin,
    reason,
    ...(Option.isSome(line) ? { line: line.value } : {}),
    ...(key.length === 0 ? {} : { key: dotted(key) })
  })
}

/** `[providers]` keys that stand for keys of `[model]`. */
const aliases: Readonly<Record<string, string>> = {
  default: "default",
  fallback: "fallback",
  max_tokens: "max_tokens",
  temperature: "temperature"
}

/** A JSON object. */
export type Table = { readonly [key: string]: Json }

/** Whether it is a JSON object. */
export const isTable = (value: Json | undefined): value is Table =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isAlias = ([name, value]: readonly [string, Json]): boolean => Object.hasOwn(aliases, name) && !isTable(value)

/** The same table with `[providers]` aliases where they belong; a key that is set in both places is told. */
const unalias = (value: Table): Either.Either<Table, Key> => {
  if (!isTable(value.providers)) return Either.right(value)
  const entries = Object.entries(value.providers)
  const moved = entries.filter(isAlias)
  const model = isTable(value.model) ? value.model : {}
  const [twice] = moved.find(([name]) => Object.hasOwn(model, name)) ?? []
  if (twice !== undefined) return Either.left(["providers", twice])
  if (moved.length === 0) return Either.right(value)
  return Either.right({
    ...value,
    model: { ...model, ...Object.fromEntries(moved) },
    providers: Object.fromEntries(entries.filter((entry) => !isAlias(entry)))
  })
}

const wordFor = (value: unknown): string => {
  if (Array.isArray(value)) return "a list"
  if (value === null) return "nothing"
  return typeof value === "object" ? "a table" : `a ${typeof value}`
}

/** Values are shown where they are names; elsewhere they could be secrets. */
const shown = (key: Key, value: unknown): string => {
  const short = typeof value === "string" ? value.length < 80 && !key.includes("headers") : typeof value !== "object"
  return short ? JSON.stringify(value) : wordFor(value)
}

const valueAt = (value: Json, key: Key): Json | undefined => {
  let at: Json | undefined = value
  for (const part of key) {
    if (Array.isArray(at)) at = at[Number(part)]
    else at = isTable(at) && Object.hasOwn(at, part) ? at[part] : undefined
  }
  return at
}

const unknownKey = (key: Key): string => {
  const parent = key.slice(0, -1)
  const wanted = keysIn(parent)
  if (wanted !== undefined) return `a key of [${dotted(parent)}] is ${wanted}`
  const known = keysAt(parent)
  const meant = nearest(String(key.at(-1)), known)
  const where = parent.length === 0 ? "" : ` of [${dotted(parent)}]`
  return meant === undefined
    ? `there is no such key; the keys${where} are ${known.join(", ")}`
    : `there is no such key; did you mean ${meant}?`
}

const pathOf = (issue: ParseResult.ArrayFormatterIssue): Key => issue.path.map(String)

/** Types of one place come as many issues: the deepest place is the one that is wrong. */
const explain = (value: Json, error: ParseResult.ParseError): { readonly key: Key; readonly reason: string } => {
  const issues = ParseResult.ArrayFormatter.formatErrorSync(error)
  const unknown = issues.find((issue) => issue._tag === "Unexpected")
  if (unknown !== undefined) return { key: pathOf(unknown), reason: unknownKey(pathOf(unknown)) }
  const missing = issues.find((issue) => issue._tag === "Missing")
  if (missing !== undefined) return { key: pathOf(missing), reason: "this key is missing" }
  const key = issues.map(pathOf).reduce((a, b) => (b.length > a.length ? b : a), [])
  return { key, reason: `should be ${describe(typeAt(key))}, but is ${shown(key, valueAt(value, key))}` }
}

const decode = Schema.decodeUnknownEither(Config)

/** The first key called `__proto__`, which JavaScript would take for something else than a key. */
const protoKey = (value: Json, key: Key = []): Key | undefined => {
  if (typeof value !== "object" || value === null) return undefined
  for (const [name, inner] of Object.entries<Json>(value)) {
    const found = name === "__proto__" ? [...key, name] : protoKey(inner, [...key, name])
    if (found !== undefined) return found
  }
  return undefined
}

/** Where a key that was moved from `[providers]` really stands. */
const asWritten = (raw: Json, key: Key): Key => {
  const [first, second = ""] = key
  const moved = first === "model" && Object.hasOwn(aliases, second) && valueAt(raw, key.slice(0, 2)) === undefined
  return moved ? ["providers", ...key.slice(1)] : key
}

const validated = new WeakMap<RawLayer, Either.Either<Table, ConfigInvalid>>()

/** The layer's settings under their proper keys, or the first thing that is wrong with them. */
export const validate = (layer: RawLayer): Either.Either<Table, ConfigInvalid> => {
  const known = validated.get(layer) ?? check(layer)
  validated.set(layer, known)
  return known
}

const check = (layer: RawLayer): Either.Either<Table, ConfigInvalid> => {
  const raw = layer.kind === "environment" ? coerce(layer.value) : layer.value
  if (!isTable(raw)) return Either.left(invalid(layer, [], `should be a table, but is ${wordFor(raw)}`))
  const proto = protoKey(raw)
  if (proto !== undefined) return Either.left(invalid(layer, proto, "no key can have this name"))
  const value = unalias(raw)
  if (Either.isLeft(value)) return Either.left(invalid(layer, value.left, "is set a second time, under [model]"))
  const decoded = decode(value.right, { onExcessProperty: "error", errors: "all" })
  if (Either.isRight(decoded)) return Either.right(value.right)
  const { key, reason } = explain(value.right, decoded.left)
  return Either.left(invalid(layer, asWritten(raw, key), reason))
}
