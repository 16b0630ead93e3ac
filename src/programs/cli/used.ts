/** What a run has used so far, as people watch it. Pure. */
import type { Event } from "../../domain/model/Event.ts"
import { addUsage, noUsage, type Usage } from "../../domain/model/Message.ts"
import { thousands } from "./words.ts"
import type { State } from "./world.ts"

/** What a run has used so far, and what it may. */
export interface Used {
  readonly usage: Usage
  readonly tokens?: number | undefined
  readonly cost?: number | undefined
}

/** A run that has used nothing yet. */
export const unused: Used = { usage: noUsage }

const usageIn = (event: Event): Usage | undefined => {
  switch (event.type) {
    case "model.answered":
    case "model.retried":
    case "session.compacted":
    case "session.titled":
      return event.usage
    case "budget.settled":
      return event.exact ? undefined : event.usage
    default:
      return undefined
  }
}

/** With what an event adds. */
export const usedAfter = (used: Used, event: Event): Used => {
  if (event.type === "prompt.submitted")
    return { usage: noUsage, tokens: event.limits?.tokens, cost: event.limits?.cost }
  const usage = usageIn(event)
  return usage === undefined ? used : { ...used, usage: addUsage(used.usage, usage) }
}

/** Tokens and money on a line, with the limits of the prompt; empty where nothing was used. */
export const usedText = ({ cost, tokens, usage }: Used): string => {
  const all = usage.input + usage.output + usage.cacheRead + usage.cacheWrite
  if (all === 0 && usage.cost === 0) return ""
  const of = (most: string | undefined) => (most === undefined ? "" : ` of ${most}`)
  const inTokens = `${thousands(all)}${of(tokens === undefined ? undefined : thousands(tokens))} tokens`
  return usage.cost === 0 && cost === undefined
    ? inTokens
    : `${inTokens} · ${usage.cost.toFixed(4)}${of(cost?.toString())} USD`
}

/** The share of what models were sent that a provider had in its cache, from 0 to 1. */
export const cacheHitRate = ({ cacheRead, cacheWrite, input }: Usage): number => {
  const sent = cacheRead + input + cacheWrite
  return sent === 0 ? 0 : Math.round((100 * cacheRead) / sent) / 100
}

/** How much came from a provider's cache, and why and at which event a request last did not begin as the one before. */
export const cacheText = (usage: Usage, broke: State["broke"] | undefined): string => {
  const broken = broke === undefined ? "" : `, last broken at event ${broke.seq}: ${broke.why}`
  return `${Math.round(cacheHitRate(usage) * 100)} %${broken}`
}
