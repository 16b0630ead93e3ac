/** What a text from the environment means where the setting is a number, a switch or a list. */
import * as AST from "effect/SchemaAST"
import type { Json } from "../model/Json.ts"
import { type Key, typeAt } from "./describe.ts"

const kindOf = (ast: AST.AST | undefined): "number" | "boolean" | "list" | "switch or list" | "other" => {
  if (ast === undefined) return "other"
  if (AST.isRefinement(ast)) return kindOf(ast.from)
  if (AST.isNumberKeyword(ast)) return "number"
  if (AST.isBooleanKeyword(ast)) return "boolean"
  if (AST.isUnion(ast) && ast.types.some(AST.isBooleanKeyword)) return "switch or list"
  return AST.isTupleType(ast) ? "list" : "other"
}

const switches: Readonly<Record<string, boolean>> = {
  true: true,
  "1": true,
  yes: true,
  on: true,
  false: false,
  "0": false,
  no: false,
  off: false
}

const listIn = (text: string): ReadonlyArray<string> =>
  text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "")

const fromText = (text: string, key: Key): Json => {
  switch (kindOf(typeAt(key))) {
    case "number":
      return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text
    case "boolean":
      return switches[text.trim().toLowerCase()] ?? text
    case "switch or list":
      return switches[text.trim().toLowerCase()] ?? listIn(text)
    case "list":
      return listIn(text)
    default:
      return text
  }
}

/** The same value with texts read as what their keys want; a text that cannot be read stays, and is refused later. */
export const coerce = (value: Json, key: Key = []): Json => {
  if (typeof value === "string") return fromText(value, key)
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, coerce(inner, [...key, name])]))
}
