/** Reads the formats of config files, and knows on which line a key stands. */
import type { ParseError } from "jsonc-parser"
import type { Json } from "../../domain/model/Json.ts"
import { tomlLines } from "../shared/tomlLines.ts"

/** What a text came to. */
export type Parsed =
  | {
      readonly _tag: "Right"
      readonly value: Json
      readonly line: (key: ReadonlyArray<string>) => number | undefined
    }
  | { readonly _tag: "Wrong"; readonly line: number; readonly reason: string }

/** Dates become texts, and what JSON has no word for becomes null: the schema then says what is wanted. */
const toJson = (value: unknown): Json => JSON.parse(JSON.stringify(value))

/** TOML 1.0. */
export const parseToml = async (text: string): Promise<Parsed> => {
  const { parse, TomlError } = await import("smol-toml")
  try {
    const value = toJson(parse(text))
    let lines: ReturnType<typeof tomlLines> | undefined
    return {
      _tag: "Right",
      value,
      line: (key) => {
        lines ??= tomlLines(text)
        return lines(key)
      }
    }
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const reason = error.message.split("\n", 1)[0]?.replace(/^Invalid TOML document: /, "") ?? ""
    return { _tag: "Wrong", line: error.line, reason: `is not valid TOML: ${reason}` }
  }
}

const lineOf = (text: string, offset: number): number => text.slice(0, offset).split("\n").length

/** JSON with comments and trailing commas. An empty text is an empty table, as in TOML. */
export const parseJsonc = async (text: string): Promise<Parsed> => {
  const jsonc = await import("jsonc-parser")
  const errors: Array<ParseError> = []
  const options = { allowTrailingComma: true, allowEmptyContent: true }
  const value: unknown = jsonc.parse(text, errors, options)
  const [wrong] = errors
  if (wrong !== undefined) {
    const reason = jsonc
      .printParseErrorCode(wrong.error)
      .replace(/([a-z])([A-Z])/g, "$1 $2")
      .toLowerCase()
    return { _tag: "Wrong", line: lineOf(text, wrong.offset), reason: `is not valid JSON: ${reason}` }
  }
  const line = (key: ReadonlyArray<string>): number | undefined => {
    let node = jsonc.parseTree(text, [], options)
    for (const part of key) {
      if (node === undefined) return undefined
      node = jsonc.findNodeAtLocation(node, [node.type === "array" ? Number(part) : part])
    }
    // The line of the name, where there is one: a value may start further down.
    const named = node?.parent?.type === "property" ? node.parent : node
    return named === undefined ? undefined : lineOf(text, named.offset)
  }
  return { _tag: "Right", value: value === undefined ? {} : toJson(value), line }
}
