/** Which kept contents an event names. */
import type { Event } from "../model/Event.ts"

/** Every hash in an event, whatever it is of: a content that is kept for nothing costs less than one that is missed. */
export const hashesIn = (event: Event): ReadonlyArray<string> => JSON.stringify(event).match(/[0-9a-f]{64}/g) ?? []
