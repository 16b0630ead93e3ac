/** When a token is renewed. */
import * as Redacted from "effect/Redacted"
import type { OAuthEntry } from "../model/AuthEntry.ts"

/** A token that ends within this many milliseconds is renewed first: the request that it is for takes time as well. */
export const margin = 60_000

/** Whether a token is to be renewed before it is used. */
export const isStale = ({ expires }: OAuthEntry, now: number): boolean => expires !== 0 && expires - margin <= now

/** Whether a token still holds, however shortly. */
export const holds = ({ expires }: OAuthEntry, now: number): boolean => expires === 0 || expires > now

/** When a token ends that holds for so many seconds from now; 0 where nobody said. */
export const endOf = (now: number, seconds: number | undefined): number =>
  seconds === undefined || seconds <= 0 ? 0 : now + Math.round(seconds * 1000)

/** Whether two entries are the same sign-in at the same moment of its life. */
export const isSame = (a: OAuthEntry, b: OAuthEntry): boolean =>
  Redacted.value(a.access) === Redacted.value(b.access) && Redacted.value(a.refresh) === Redacted.value(b.refresh)
