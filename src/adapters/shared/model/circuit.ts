/** The circuit of an endpoint: after so many failures in a row it is left alone for a while, then tried by one request. */

/** Times are milliseconds of the clock. */
export interface Circuit {
  /** Failures in a row, while requests are let through. */
  readonly failures: number
  /** How often in a row it has opened, and until when it is open; 0 where it is closed. */
  readonly trips: number
  readonly until: number
  /** One request tries whether the endpoint is back; the others wait for what comes of it. */
  readonly probing: boolean
}

/** A circuit that lets everything through. */
export const closedCircuit: Circuit = { failures: 0, trips: 0, until: 0, probing: false }

/** So many failures in a row open a circuit. */
export const mostFailures = 5

/** Milliseconds that it stays open the first time, and at most: doubled each time, with a quarter of jitter on top. */
export const coolDown = { first: 5_000, most: 60_000 } as const

/** Milliseconds until it is asked again whether the request that tries the endpoint has come to something. */
export const probeWait = 1_000

/** What a circuit says to a request: through, as the one that tries the endpoint, or not for so long. */
export type Admission =
  | { readonly through: true; readonly probe: boolean; readonly circuit: Circuit }
  | { readonly through: false; readonly wait: number }

/** What a circuit says to a request now. */
export const admit = (circuit: Circuit, now: number): Admission => {
  if (circuit.until === 0) return { through: true, probe: false, circuit }
  if (now < circuit.until) return { through: false, wait: circuit.until - now }
  if (circuit.probing) return { through: false, wait: probeWait }
  return { through: true, probe: true, circuit: { ...circuit, probing: true } }
}

const opened = (circuit: Circuit, now: number, jitter: number): Circuit => {
  const millis = Math.min(coolDown.most, coolDown.first * 2 ** Math.min(circuit.trips, 10))
  return { failures: 0, trips: circuit.trips + 1, until: now + Math.round(millis * (1 + jitter / 4)), probing: false }
}

/** The circuit after a request that it let through failed; `jitter` is from 0 to 1. */
export const afterFailure = (circuit: Circuit, probe: boolean, now: number, jitter: number): Circuit => {
  if (circuit.until > 0) return probe && circuit.probing ? opened(circuit, now, jitter) : circuit
  const failures = circuit.failures + 1
  return failures < mostFailures ? { ...circuit, failures } : opened(circuit, now, jitter)
}

/** The circuit after a request was given up before anything came of it: another one may try. */
export const afterLeaving = (circuit: Circuit, probe: boolean): Circuit =>
  probe ? { ...circuit, probing: false } : circuit
