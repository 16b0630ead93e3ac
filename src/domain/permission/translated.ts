/** What rules of another program come to here, and what of them has no equal. */
import type { Decision, Rule } from "../model/Rule.ts"

/** A rule that was left out, and why; `loosens` where leaving it out allows more than it did there. */
export interface LeftOut {
  readonly rule: string
  readonly why: string
  readonly loosens: boolean
}

/** The rules that mean the same here, or are stricter, and those that were left out. */
export interface Translated {
  readonly rules: ReadonlyArray<Rule>
  readonly left: ReadonlyArray<LeftOut>
}

/** Nothing. */
export const untranslated: Translated = { rules: [], left: [] }

/** Rules of one decision. */
export const rulesAs = (decision: Decision, ...rules: ReadonlyArray<string>): Translated => ({
  rules: rules.map((rule) => ({ decision, rule })),
  left: []
})

/** One rule that is left out. What only allowed is missed, and asked for; what restricted is missed and gone. */
export const leaveOut = (decision: Decision, rule: string, why: string): Translated => ({
  rules: [],
  left: [{ rule: `${decision} ${rule}`, why, loosens: decision !== "allow" }]
})

/** Several as one, each rule once. */
export const together = (all: ReadonlyArray<Translated>): Translated => {
  const rules = new Map(all.flatMap((it) => it.rules).map((rule) => [`${rule.decision} ${rule.rule}`, rule]))
  return { rules: [...rules.values()], left: all.flatMap((it) => it.left) }
}

/** A member of what may be an object. */
export const memberOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined

/** The texts in what may be a list. */
export const textsOf = (value: unknown): ReadonlyArray<string> =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : []

/** A text in quotes, with what cannot be seen written out. */
const quoted = (text: string): string =>
  JSON.stringify(text).replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (char) => `\\U${char.codePointAt(0)?.toString(16).padStart(8, "0")}`
  )

const lines = (name: string, rules: ReadonlyArray<Rule>): string =>
  rules.length === 0 ? "" : `${name} = [\n${rules.map(({ rule }) => `  ${quoted(rule)},\n`).join("")}]\n`

/** The rules as a table of the configuration, in TOML; empty where there are none. */
export const permissionToml = (rules: ReadonlyArray<Rule>): string => {
  const text = (["allow", "ask", "deny"] as const)
    .map((decision) =>
      lines(
        decision,
        rules.filter((rule) => rule.decision === decision)
      )
    )
    .join("")
  return text === "" ? "" : `[permission]\n${text}`
}
