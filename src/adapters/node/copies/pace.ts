/** Long work on many files without keeping the process from anything else. */

/** Waits a turn whenever the work has had its share of time, and ends it where it was interrupted. */
export const pace = (signal: AbortSignal): (() => Promise<void> | undefined) => {
  let since = performance.now()
  return () => {
    if (performance.now() - since < 10) return undefined
    return new Promise((resolve, reject) => {
      setImmediate(() => {
        since = performance.now()
        if (signal.aborted) reject(new Error("interrupted"))
        else resolve()
      })
    })
  }
}
