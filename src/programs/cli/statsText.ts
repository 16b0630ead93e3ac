/** What sessions spent as sums and lines with bars. Pure. */
import { addUsage, noUsage, type Usage } from "../../domain/model/Message.ts"
import type { Outcomes, SpentRow } from "../../ports/EventStore.ts"
import { oneLine, table, thousands } from "./words.ts"

/** What spending can be summed up by. */
export type By = "model" | "day" | "project" | "role"

/** What was spent, summed up. */
export interface Sum {
  readonly sessions: number
  readonly turns: number
  readonly calls: number
  readonly usage: Usage
  /** What became of agents, where there were some. */
  readonly outcomes?: Outcomes
}

const outcomesOf = (rows: ReadonlyArray<SpentRow>): Pick<Sum, "outcomes"> => {
  const all = rows.flatMap(({ outcomes }) => outcomes ?? [])
  const sum = (of: keyof Outcomes) => all.reduce((before, one) => before + one[of], 0)
  if (all.length === 0) return {}
  const [done, verified, failed] = [sum("done"), sum("verified"), sum("failed")]
  return { outcomes: { done, verified, failed, passed: sum("passed"), broken: sum("broken") } }
}

/** The sum of rows. */
export const sumOf = (rows: ReadonlyArray<SpentRow>): Sum => ({
  sessions: new Set(rows.map((row) => row.session)).size,
  turns: rows.reduce((sum, row) => sum + row.turns, 0),
  calls: rows.reduce((sum, row) => sum + row.calls, 0),
  usage: rows.reduce((sum, row) => addUsage(sum, row.usage), noUsage),
  ...outcomesOf(rows)
})

const tokensOf = ({ cacheRead, cacheWrite, input, output }: Usage): number => input + output + cacheRead + cacheWrite

const nameIn: Readonly<Record<By, (row: SpentRow) => string>> = {
  model: (row) => row.model,
  day: (row) => row.day,
  project: (row) => row.root,
  role: (row) => row.role
}

/** One sum for each model, day, project or role: days in order, of the others the dearest first. */
export const groupsBy = (by: By, rows: ReadonlyArray<SpentRow>): ReadonlyArray<Sum & { readonly name: string }> => {
  const groups = new Map<string, Array<SpentRow>>()
  for (const row of rows) {
    const name = nameIn[by](row)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [row])
    else group.push(row)
  }
  return [...groups]
    .map(([name, group]) => ({ name, ...sumOf(group) }))
    .sort((a, b) =>
      by === "day"
        ? a.name.localeCompare(b.name)
        : b.usage.cost - a.usage.cost || tokensOf(b.usage) - tokensOf(a.usage) || a.name.localeCompare(b.name)
    )
}

const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

/** A bar of at most `width` columns for a share from 0 to 1; what is more than nothing shows. */
export const bar = (share: number, width: number): string => {
  const parts = share > 0 ? Math.max(1, Math.round(share * width * 8)) : 0
  return "█".repeat(Math.floor(parts / 8)) + eighths[parts % 8]
}

const many = (n: number, noun: string): string => `${thousands(n)} ${noun}${n === 1 ? "" : "s"}`

/** `3 tasks: 2 done (1 verified), 1 failed; checks: 4 passed, 1 failed`; nothing where no agent worked. */
const outcomeText = ({ outcomes }: Sum): string => {
  if (outcomes === undefined) return ""
  const { broken, done, failed, passed, verified } = outcomes
  const checks = passed + broken === 0 ? "" : `; checks: ${passed} passed, ${broken} failed`
  return `${many(done + failed, "task")}: ${done} done (${verified} verified), ${failed} failed${checks}`
}

const widest = 40
const least = 5

/** Money as it is shown. */
export const dollars = (cost: number): string => `${cost.toFixed(4)} USD`

/**
 * A line for each group. On a terminal, `columns` wide, each has a bar: its share of the dearest, or of the one with the
 * most tokens where nothing cost anything. Elsewhere there are none.
 */
export const groupLines = (groups: ReturnType<typeof groupsBy>, columns: number | undefined): string => {
  const worked = groups.some(({ outcomes }) => outcomes !== undefined)
  const rows = groups.map((group) => [
    oneLine(group.name === "" ? "-" : group.name, 60),
    dollars(group.usage.cost),
    many(tokensOf(group.usage), "token"),
    many(group.calls, "call"),
    many(group.turns, "turn"),
    ...(worked ? [outcomeText(group)] : [])
  ])
  const width = Math.min(widest, (columns ?? 0) - 1 - table(rows).indexOf("\n") - 2)
  if (width < least) return table(rows)
  const paid = groups.some(({ usage }) => usage.cost > 0)
  const sizes = groups.map(({ usage }) => (paid ? usage.cost : tokensOf(usage)))
  const most = Math.max(...sizes)
  return table(rows.map((row, index) => [...row, bar(most === 0 ? 0 : (sizes[index] ?? 0) / most, width)]))
}

/** The sum as lines. */
export const sumLines = ({ outcomes: _outcomes, usage, ...counts }: Sum & { readonly events: number }): string => {
  const { cost, ...tokens } = usage
  const rows = Object.entries({ ...counts, ...tokens }).map(([key, value]) => [`${key}:`, thousands(value)])
  return table([...rows, ["cost:", dollars(cost)]])
}

/** The first day (UTC) of a time as `2026-11-01`, or so long before now; nothing where it is neither. */
export const dayOf = (given: string, ago: number | undefined, now: number): string | undefined => {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(given) ? Date.parse(given) : now - (ago ?? Number.NaN)
  return Number.isNaN(day) ? undefined : new Date(day).toISOString().slice(0, 10)
}
