/** Which kept contents an event names. */
import type { Event } from "../model/Event.ts"

/** Every hash in an event's text but its own, whatever it is of: a content that is kept for nothing costs less than one that is missed. */
export const hashesInText = (text: string, own: string): ReadonlyArray<string> => {
  const all = text.match(/[0-9a-f]{64}/g) ?? []
  return [...new Set(all)].filter((hash) => hash !== own)
}

/** The same for an event at hand. */
export const hashesIn = (event: Event): ReadonlyArray<string> => hashesInText(JSON.stringify(event), event.hash)
