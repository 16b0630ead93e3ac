/** Which step is to blame where a check fails over all steps though each passed it alone: half of the trees at a time. */

/** A check that was run over the tree with the first so many steps merged. */
export interface Probe {
  readonly steps: number
  readonly ok: boolean
}

/**
 * What to do next: run the check over the tree of so many steps; or, once it is known, which step it first fails with,
 * counted from 1; 0: it fails before any step.
 */
export type Bisected = { readonly run: number } | { readonly first: number }

/**
 * The search among the trees from `from` steps to `to` steps. That the check passes with fewer than `from` and fails with
 * `to` is taken as given. Between a tree that passes and a later one that fails a step is to blame: of such pairs, the one
 * that is closest together is looked into, and each run halves it.
 */
export const bisect = (from: number, to: number, probes: ReadonlyArray<Probe>): Bisected => {
  let good = from - 1
  let best = { good, bad: to }
  for (const { ok, steps } of [...probes].sort((a, b) => a.steps - b.steps)) {
    if (ok) good = steps
    else if (steps - good < best.bad - best.good) best = { good, bad: steps }
  }
  if (to - good < best.bad - best.good) best = { good, bad: to }
  const apart = best.bad - best.good
  return apart <= 1 ? { first: best.bad } : { run: best.good + Math.floor(apart / 2) }
}
