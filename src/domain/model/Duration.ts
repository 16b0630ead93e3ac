/** Times as settings and flags say them. */
import * as Schema from "effect/Schema"

const units: Readonly<Record<string, number>> = {
  ms: 1,
  "": 1000,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000
}

/** Milliseconds of `300s`, `5m`, `2h`, `30d`, or a number of seconds; nothing where it is none of these. */
export const durationOf = (text: string): number | undefined => {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w|)$/.exec(text.trim())
  const unit = units[match?.[2] ?? "?"]
  if (match === null || unit === undefined) return undefined
  const millis = Math.round(Number(match[1]) * unit)
  return millis > 0 && Number.isSafeInteger(millis) ? millis : undefined
}

/** A time as `300s`, `5m`, `2h`, or a number of seconds. */
export const Duration = Schema.String.pipe(Schema.filter((text) => durationOf(text) !== undefined)).annotations({
  description: 'a time as "300s", "5m", "2h", or a number of seconds'
})
