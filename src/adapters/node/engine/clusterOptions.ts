/** What a process may be in a cluster. */
import type * as Duration from "effect/Duration"

/** Where other machines of the cluster reach this one. */
export interface Listening {
  readonly host: string
  readonly port: number
}

/** What this process is in the cluster. */
export interface ClusterOptions {
  /** It does tasks, and is reached here. Without it, it only begins tasks: workers do them. */
  readonly listening?: Listening
  /** How long a machine that says nothing more keeps its tasks: 15 seconds where absent. */
  readonly expiry?: Duration.Duration
  /** How long a running turn is waited for when this process is to leave: 5 minutes where absent. */
  readonly grace?: Duration.Duration
}
