/** What a step changed that is not its own. */
import type { Change } from "../model/Change.ts"
import type { Step } from "../model/Plan.ts"
import { mayOverlap } from "../planner/overlap.ts"

const literal = (path: string): string => path.replace(/[\\*?[\]{}]/g, "\\$&")

/** The changed paths that none of a step's globs names. */
export const stray = (step: Step, changes: ReadonlyArray<Change>): ReadonlyArray<string> =>
  changes.map(({ path }) => path).filter((path) => !step.files.some((glob) => mayOverlap(literal(path), glob)))
