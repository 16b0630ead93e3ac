/** What GitHub Copilot wants to know of each request: whether a person or the agent speaks, and whether there are pictures. */
import type { ModelRequest } from "../../../ports/LanguageModel.ts"
import { hasPictures } from "./fitted.ts"

/** The headers of one request; a request that goes on after tools is not counted as a person's. */
export const copilotHeaders = (request: ModelRequest): Readonly<Record<string, string>> => {
  const last = request.messages.at(-1)
  const byAgent = last?.parts.some((part) => part.type === "tool-result") === true
  return {
    "openai-intent": "conversation-edits",
    "x-initiator": byAgent ? "agent" : "user",
    ...(hasPictures(request) ? { "copilot-vision-request": "true" } : {})
  }
}
