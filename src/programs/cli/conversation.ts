/** A session as people read it: who said what, calls and outcomes in short. Pure. */
import * as Chunk from "effect/Chunk"
import type { Part } from "../../domain/model/Message.ts"
import { oneLine } from "./words.ts"
import type { State } from "./world.ts"

const speakers = { person: "You", model: "Model", tool: "Tools", agent: "Agent", program: "Program" } as const

const said = (part: Part): string => {
  switch (part.type) {
    case "text":
      return part.text.trimEnd()
    case "reasoning":
      return ""
    case "image":
      return `[image ${part.mime}]`
    case "file":
      return `[file ${part.name}]`
    case "tool-call":
      return `→ ${part.name} ${oneLine(part.input, 200)}`
    case "tool-result":
      return `← ${part.ok ? "ok" : "failed"}: ${oneLine(part.text, 200)}`
  }
}

/** The conversation in Markdown, from the first message that is still in the window. */
export const conversation = (state: State): string => {
  const out: Array<string> = state.summary === undefined ? [] : [`## Summary of what came before\n\n${state.summary}\n`]
  let speaker = ""
  for (const { cut, from, part } of Chunk.toReadonlyArray(state.entries)) {
    const text = said(part) + (cut === true ? " [cut off]" : "")
    if (text === "") continue
    const who = from === "tool" ? "model" : from
    if (speakers[who] !== speaker) {
      speaker = speakers[who]
      out.push(`## ${speaker}\n`)
    }
    out.push(`${text}\n`)
  }
  return `${out.join("\n")}`
}
