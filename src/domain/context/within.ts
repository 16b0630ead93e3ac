/** What an agent may do that another one began: never more than that one, whatever its role says. */
import type { Rights } from "../model/Command.ts"
import { canonical } from "../model/Json.ts"
import type { Rule } from "../model/Rule.ts"
import type { Mode } from "./modes.ts"

/** A mode, and all rules that hold in it, its own included. */
export interface Wanted {
  readonly mode: Mode
  readonly rules: ReadonlyArray<Rule>
}

const restricts = ({ decision }: Rule): boolean => decision !== "allow"

const once = (rules: ReadonlyArray<Rule>): ReadonlyArray<Rule> => [
  ...new Map(rules.map((rule) => [canonical(rule), rule])).values()
]

/**
 * What is left of an agent's rights within those of whoever began it: plan mode stays plan mode, of the tools those that
 * both have, of the rules all of the one above and of its own those that ask or deny. What is denied or asked above is
 * denied or asked here.
 */
export const within = (above: Rights, { mode, rules }: Wanted): Wanted => ({
  mode: {
    ...mode,
    base: above.base === "plan" ? "plan" : mode.base,
    tools: mode.tools === undefined ? above.tools : mode.tools.filter((name) => above.tools.includes(name))
  },
  rules: once([...above.rules, ...rules.filter(restricts)])
})
