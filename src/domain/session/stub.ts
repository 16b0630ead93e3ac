/** What stands for a tool result that was left out to save room. */
import type { Part, ToolResultPart } from "../model/Message.ts"

/** Shorter results stay as they are: a stub would not be shorter. */
const short = 400

const stubs = new WeakMap<Part, ToolResultPart>()

/** The stub of a result, or the result itself where that is short; the same for the same part. */
export const stubOf = (part: ToolResultPart): ToolResultPart => {
  const known = stubs.get(part)
  if (known !== undefined) return known
  const { images, ...rest } = part
  const pictures = images === undefined || images.length === 0 ? "" : ` and ${images.length} images`
  const stub =
    part.text.length <= short && pictures === ""
      ? part
      : {
          ...rest,
          text: `[result of ${part.name} left out to save room: ${part.text.length} characters${pictures}. Call it again if it is needed.]`
        }
  stubs.set(part, stub)
  return stub
}
