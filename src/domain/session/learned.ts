/** What a provider's own counts teach about ours: one factor a model, bounded. */

/** The least and the most that a factor may be: beyond that something else was counted. */
const bounds = { least: 0.75, most: 4 }

/**
 * The factor after one more answer: tokens that the provider counted for a request over those that we did. It rises at
 * once and falls slowly, as counting too little costs more than counting too much.
 */
export const learned = (before: number | undefined, provider: number, ours: number): number | undefined => {
  if (provider <= 0 || ours <= 0) return before
  const now = Math.min(bounds.most, Math.max(bounds.least, provider / ours))
  return before === undefined || now >= before ? now : before - (before - now) / 4
}

/** Our count as the provider would have it; more is never fewer. */
export const calibrated = (ratio: number | undefined, count: number): number => Math.ceil(count * (ratio ?? 1))
