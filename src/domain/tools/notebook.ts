/** A Jupyter notebook as text: its cells and their printed outputs. */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"

const Text = Schema.Union(Schema.String, Schema.Array(Schema.String))
const Output = Schema.Struct({
  output_type: Schema.String,
  text: Schema.optional(Text),
  data: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.Unknown })),
  ename: Schema.optional(Schema.String),
  evalue: Schema.optional(Schema.String)
})
const Notebook = Schema.Struct({
  cells: Schema.Array(
    Schema.Struct({ cell_type: Schema.String, source: Text, outputs: Schema.optional(Schema.Array(Output)) })
  )
})

const decode = Schema.decodeUnknownEither(Schema.parseJson(Notebook))

const joined = (text: typeof Text.Type): string => (typeof text === "string" ? text : text.join(""))

const outputLimit = 2000

const bounded = (text: string): string =>
  text.length > outputLimit ? `${text.slice(0, outputLimit)}… (${text.length - outputLimit} more characters)` : text

const outputText = (output: typeof Output.Type): string => {
  if (output.text !== undefined) return bounded(joined(output.text))
  if (output.ename !== undefined) return `${output.ename}: ${output.evalue ?? ""}`
  const plain = output.data?.["text/plain"]
  if (Schema.is(Text)(plain)) return bounded(joined(plain))
  return `(${Object.keys(output.data ?? {}).join(", ") || output.output_type})`
}

const cellText = (cell: (typeof Notebook.Type)["cells"][number], index: number): string => {
  const outputs = (cell.outputs ?? []).map((output) => `[output]\n${outputText(output)}`)
  return [`[cell ${index + 1}: ${cell.cell_type}]`, joined(cell.source), ...outputs].join("\n")
}

/** The notebook's cells, or nothing where the text is no notebook. */
export const notebookText = (text: string): { readonly cells: number; readonly text: string } | undefined =>
  Either.match(decode(text), {
    onLeft: () => undefined,
    onRight: ({ cells }) => ({ cells: cells.length, text: cells.map(cellText).join("\n\n") })
  })
