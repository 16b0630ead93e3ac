/** A list to pick from by keys: what each key does, and how the list looks. Pure. */

/** One line to pick. */
export interface Choice {
  readonly value: string
  /** What is said of it beside its name. */
  readonly hint?: string
}

/** Where the person is. */
export interface PickState {
  /** What was typed to narrow the list. */
  readonly filter: string
  readonly at: number
}

/** A key, as the terminal tells it. */
export interface Key {
  readonly name?: string | undefined
  readonly ctrl?: boolean | undefined
  /** What it types. */
  readonly text?: string | undefined
}

/** What follows from a key. */
export type Picked =
  | { readonly kind: "going"; readonly state: PickState }
  | { readonly kind: "picked"; readonly value: string }
  | { readonly kind: "given up" }

/** The beginning. */
export const start: PickState = { filter: "", at: 0 }

/** The choices that the typed letters are in; those that begin with them come first. */
export const matching = (choices: ReadonlyArray<Choice>, filter: string): ReadonlyArray<Choice> => {
  const wanted = filter.toLowerCase()
  const found = choices.filter(({ value }) => value.toLowerCase().includes(wanted))
  return [
    ...found.filter(({ value }) => value.startsWith(wanted)),
    ...found.filter(({ value }) => !value.startsWith(wanted))
  ]
}

const page = 8

const moves: Readonly<Record<string, number>> = { up: -1, down: 1, pageup: -page, pagedown: page, home: -1e9, end: 1e9 }

const moved = (choices: ReadonlyArray<Choice>, state: PickState, by: number): PickState => {
  const last = Math.max(0, matching(choices, state.filter).length - 1)
  const at = state.at + by
  // One step past an end goes on at the other; a jump stops there.
  if (Math.abs(by) === 1 && (at < 0 || at > last)) return { ...state, at: at < 0 ? last : 0 }
  return { ...state, at: Math.min(last, Math.max(0, at)) }
}

/** What a key does. */
export const afterKey = (choices: ReadonlyArray<Choice>, state: PickState, key: Key): Picked => {
  const going = (next: PickState): Picked => ({ kind: "going", state: next })
  const { name = "", text = "" } = key
  const by = moves[key.ctrl === true ? ({ p: "up", n: "down" }[name] ?? "") : name]
  if (by !== undefined) return going(moved(choices, state, by))
  if (name === "escape") return { kind: "given up" }
  if (name === "return" || name === "enter") {
    const value = matching(choices, state.filter)[state.at]?.value
    return value === undefined ? going(state) : { kind: "picked", value }
  }
  if (name === "backspace") return going({ filter: state.filter.slice(0, -1), at: 0 })
  return /^[\w .:/-]$/.test(text) && key.ctrl !== true ? going({ filter: state.filter + text, at: 0 }) : going(state)
}

/** The lines to show, at most so many characters wide. */
export const pickLines = (
  question: string,
  choices: ReadonlyArray<Choice>,
  { at, filter }: PickState,
  width: number
): ReadonlyArray<string> => {
  const found = matching(choices, filter)
  const first = Math.max(0, Math.min(at - page + 1, found.length - page))
  const widest = Math.max(0, ...choices.map(({ value }) => value.length))
  const rows = found
    .slice(first, first + page)
    .map(({ hint = "", value }, index) => `${first + index === at ? "> " : "  "}${value.padEnd(widest)}  ${hint}`)
  const more = found.length > page ? [`  ${found.length - page} more`] : []
  const none = found.length === 0 ? ["  none of that name"] : []
  const all = [
    `${question} ${filter}`,
    ...rows,
    ...more,
    ...none,
    "Arrows move, typing narrows, Enter picks, Esc gives up."
  ]
  return all.map((line) =>
    Array.from(line.replace(/\s/g, " ").trimEnd())
      .slice(0, Math.max(20, width - 1))
      .join("")
  )
}
