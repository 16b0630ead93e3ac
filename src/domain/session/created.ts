/** The first facts of a session. */
import type { NewSession } from "../model/Command.ts"
import type { Fact } from "../model/Event.ts"

/** What the log of a new session begins with; `program` is the version that writes it. */
export const created = (session: NewSession, program: string): ReadonlyArray<Fact> => [
  {
    type: "session.created",
    root: session.root,
    model: session.model,
    mode: session.mode ?? "build",
    apply: session.apply ?? "stage",
    program,
    ...(session.parent === undefined ? {} : { parent: session.parent })
  },
  ...(session.title === undefined ? [] : [{ type: "session.titled" as const, title: session.title }])
]
