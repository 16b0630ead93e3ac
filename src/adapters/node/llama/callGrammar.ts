/**
 * A grammar (GBNF, as llama.cpp reads it) that leaves a model two ways to answer: words for the person, or one call of an
 * offered tool with arguments of its schema. What it does not know of a schema it leaves free.
 */
import type { ToolSpec } from "../../../domain/model/Call.ts"
import { isRecord, listAt } from "../../shared/model/fields.ts"

/** What stands before the words of an answer. */
export const sayPrefix = '{"say": "'
/** What stands before a call's name, and between that and its arguments. */
export const callPrefix = '{"tool": "'
/** What stands between a call's name and its arguments. */
export const argumentsPrefix = '", "arguments": '

const basics: Readonly<Record<string, string>> = {
  ws: "[ \\n]{0,12}",
  string: '"\\"" character* "\\""',
  character: '[^"\\\\\\x00-\\x1f\\x7f] | "\\\\" (["\\\\/bfnrt] | "u00" [0-9a-f] [0-9a-f])',
  integer: '"-"? ("0" | [1-9] [0-9]{0,20})',
  number: 'integer ("." [0-9]{1,24})? ([eE] [-+]? [0-9]{1,3})?',
  boolean: '"true" | "false"',
  null: '"null"',
  value: "string | number | boolean | null | object | array",
  object: '"{" ws (string ws ":" ws value ws ("," ws string ws ":" ws value ws)*)? "}"',
  array: '"[" ws (value ws ("," ws value ws)*)? "]"'
}

/** A text as the grammar has it. */
const quoted = (text: string): string =>
  `"${text.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n").replace(/\r/g, "\\r").replace(/\t/g, "\\t")}"`

const json = (value: unknown): string => quoted(JSON.stringify(value) ?? "null")

const group = (choices: ReadonlyArray<string>): string => `(${choices.join(" | ")})`

interface Writer {
  readonly rules: Map<string, string>
  /** The schemas that `$ref` names. */
  readonly named: Readonly<Record<string, unknown>>
  readonly prefix: string
}

const refOf = (schema: Readonly<Record<string, unknown>>): string | undefined =>
  typeof schema.$ref === "string" ? /^#\/\$defs\/(.+)$/.exec(schema.$ref)?.[1] : undefined

/** The rule of a named schema, made once, so that a schema may hold itself. */
const byName = (ref: string, to: Writer): string => {
  const rule = `${to.prefix}-${ref.replace(/[^a-zA-Z0-9]/g, "-").toLowerCase()}`
  if (to.rules.has(rule)) return rule
  to.rules.set(rule, "value")
  to.rules.set(rule, expression(to.named[ref], to))
  return rule
}

const joined = (first: string, rest: ReadonlyArray<string>): string =>
  [first, ...rest.map((one) => `(ws "," ws ${one})?`)].join(" ")

/** Keys in their order; what is not required may be left out. */
const record = (schema: Readonly<Record<string, unknown>>, to: Writer): string => {
  const properties = isRecord(schema.properties) ? Object.entries(schema.properties) : []
  if (properties.length === 0) return schema.additionalProperties === false ? '"{" ws "}"' : "object"
  const required = new Set(listAt(schema, "required"))
  const pair = ([key, value]: readonly [string, unknown]) => `${json(key)} ws ":" ws ${expression(value, to)}`
  const must = properties.filter(([key]) => required.has(key)).map(pair)
  const may = properties.filter(([key]) => !required.has(key)).map(pair)
  const inside =
    must.length > 0
      ? joined(must.join(' ws "," ws '), may)
      : `(${may.map((one, index) => joined(one, may.slice(index + 1))).join(" | ")})?`
  return `"{" ws ${inside} ws "}"`
}

const list = (schema: Readonly<Record<string, unknown>>, to: Writer): string => {
  if (!isRecord(schema.items)) return "array"
  const item = expression(schema.items, to)
  const items = `${item} (ws "," ws ${item})*`
  return `"[" ws ${Number(schema.minItems ?? 0) > 0 ? items : `(${items})?`} ws "]"`
}

const simple = new Set(["string", "integer", "number", "boolean", "null"])

const byType = (type: string, schema: Readonly<Record<string, unknown>>, to: Writer): string =>
  type === "object" ? record(schema, to) : type === "array" ? list(schema, to) : simple.has(type) ? type : "value"

/** What a schema allows, as the right side of a rule. */
const expression = (schema: unknown, to: Writer): string => {
  if (!isRecord(schema)) return "value"
  const ref = refOf(schema)
  if (ref !== undefined) return byName(ref, to)
  if ("const" in schema) return json(schema.const)
  if (Array.isArray(schema.enum) && schema.enum.length > 0) return group(schema.enum.map(json))
  const choices = [...listAt(schema, "anyOf"), ...listAt(schema, "oneOf")]
  if (choices.length > 0) return group(choices.map((choice) => expression(choice, to)))
  if (Array.isArray(schema.type)) return group(schema.type.map((type) => byType(String(type), schema, to)))
  return typeof schema.type === "string" ? byType(schema.type, schema, to) : "value"
}

const written = (root: string, rules: ReadonlyMap<string, string>): string =>
  [["root", root], ...Object.entries(basics), ...rules].map(([name, rule]) => `${name} ::= ${rule}\n`).join("")

const writerOf = (schema: unknown, prefix: string, rules: Map<string, string>): Writer => ({
  rules,
  named: isRecord(schema) && isRecord(schema.$defs) ? schema.$defs : {},
  prefix
})

/** The grammar of an answer that is words, or a call of one of the tools. */
export const callGrammar = (tools: ReadonlyArray<ToolSpec>): string => {
  const rules = new Map<string, string>()
  const calls = tools.map(({ input, name }, index) => {
    const rule = `tool-${index}`
    rules.set(rule, expression(input, writerOf(input, rule, rules)))
    return `${quoted(`${callPrefix}${name}${argumentsPrefix}`)} ${rule} "}"`
  })
  return written([`${quoted(sayPrefix)} character* ${quoted('"}')}`, ...calls].join(" | "), rules)
}

/** The grammar of one JSON value of a schema. */
export const valueGrammar = (schema: unknown): string => {
  const rules = new Map<string, string>()
  return written(expression(schema, writerOf(schema, "schema", rules)), rules)
}
