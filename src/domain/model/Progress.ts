/** What is happening right now: partial, live, never stored, and allowed to be dropped. */
import * as Schema from "effect/Schema"
import { SessionId } from "./Ids.ts"

const kind = <T extends string>(type: T) => ({ type: Schema.Literal(type), session: SessionId })

/** Live news of a running turn. */
export const Progress = Schema.Union(
  Schema.Struct({ ...kind("progress.text"), turn: Schema.Int, text: Schema.String }),
  Schema.Struct({ ...kind("progress.reasoning"), turn: Schema.Int, text: Schema.String }),
  Schema.Struct({ ...kind("progress.call"), turn: Schema.Int, name: Schema.String, chars: Schema.Int }),
  Schema.Struct({ ...kind("progress.output"), turn: Schema.Int, call: Schema.String, text: Schema.String }),
  Schema.Struct({ ...kind("progress.note"), turn: Schema.Int, text: Schema.String })
)
/** Live news of a running turn. */
export type Progress = typeof Progress.Type
