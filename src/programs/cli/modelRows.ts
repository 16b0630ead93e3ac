/** Models as people read them, and which of them are wanted. Pure. */
import type { Model, Price } from "../../domain/model/Model.ts"

const abilities = ["tools", "images", "files", "reasoning"] as const

/** What a model can do. */
export type Ability = (typeof abilities)[number]

/** The abilities in a list with commas; the first word that is none, where there is one. */
export const abilitiesIn = (text: string): { readonly can: ReadonlyArray<Ability>; readonly unknown?: string } => {
  const words = text === "" ? [] : text.split(",").map((word) => word.trim())
  const can = abilities.filter((ability) => words.includes(ability))
  const unknown = words.find((word) => !abilities.some((ability) => ability === word))
  return unknown === undefined ? { can } : { can, unknown }
}

/** All abilities by name. */
export const abilityNames: string = abilities.join(", ")

/** Which models are wanted. */
export interface Wanted {
  readonly search: string
  readonly local: boolean
  readonly can: ReadonlyArray<Ability>
  /** The highest price of a million tokens of input. */
  readonly maxPrice?: number
}

/** Whether a model is wanted; one of one's own server costs nothing, one whose price nobody knows is too dear. */
export const isWanted = (wanted: Wanted, model: Model, local: boolean): boolean =>
  model.name.toLowerCase().includes(wanted.search.toLowerCase()) &&
  (local || !wanted.local) &&
  wanted.can.every((ability) => model[ability] === true) &&
  (wanted.maxPrice === undefined || local || (model.price?.input ?? Number.POSITIVE_INFINITY) <= wanted.maxPrice)

/** What a model can do, in words. */
export const canWords = (model: Model): string => abilities.filter((ability) => model[ability] === true).join(" ")

/** Input and output at once, for a list. */
export const priceWords = ({ price }: Model): string => (price === undefined ? "-" : `${price.input} / ${price.output}`)

/** The line of a model in a list; `mark` says which one is the default. */
export const listLine = (model: Model, mark: string): ReadonlyArray<string> => [
  mark,
  model.name,
  String(model.context),
  String(model.output),
  priceWords(model),
  canWords(model)
]

/** The first line of a list. */
export const listHead = ["", "model", "window", "output", "USD/M in/out", "can"]

const amounts = ({ cacheRead, cacheWrite, input, output }: Omit<Price, "over">): string =>
  [
    `input ${input}`,
    `output ${output}`,
    ...(cacheRead === undefined ? [] : [`cache read ${cacheRead}`]),
    ...(cacheWrite === undefined ? [] : [`cache write ${cacheWrite}`])
  ].join(", ")

/** All that is known of a model, with where it is from. */
export const infoLines = (model: Model): ReadonlyArray<ReadonlyArray<string>> => {
  const from = (fact: string): string => {
    const source = model.from?.[fact]
    return source === undefined ? "" : `(${source})`
  }
  const { price, takes } = model
  const can = canWords(model)
  return [
    ["model:", model.name, ""],
    ["window:", `${model.context} tokens`, from("context")],
    ["output:", `${model.output} tokens`, from("output")],
    ["can:", can === "" ? "text only" : can, from("abilities")],
    ...(takes === undefined ? [] : [["takes:", takes.length === 0 ? "no options" : takes.join(" "), ""]]),
    ["USD per million tokens:", price === undefined ? "not known" : amounts(price), from("price")],
    ...(price?.over === undefined
      ? []
      : [[`  over ${price.over.tokens} tokens of input:`, amounts(price.over), from("price")]])
  ]
}
