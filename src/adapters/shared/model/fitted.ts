/** A request as an endpoint takes it: what it does not take is left out or told in words, and never sent. */
import type { Message, Part, PromptPart } from "../../../domain/model/Message.ts"
import { type Model, type ModelOption, modelOf } from "../../../domain/model/Model.ts"
import type { ModelRequest } from "../../../ports/LanguageModel.ts"
import type { Provider } from "./providers.ts"
import { takesOf } from "./takes.ts"
import { leftOut } from "./turns.ts"

const withSystem = (request: ModelRequest, words: string): string =>
  request.system === "" ? words : `${request.system}\n\n${words}`

// Beside tools these force the schema on every answer, calls included, or refuse both together.
const notBesideTools = ({ api }: Provider, request: ModelRequest): boolean =>
  request.tools.length > 0 &&
  (api === "ollama" || (api === "google" && !/gemini-([3-9]|\d\d)/.test(modelOf(request.model))))

const schemaInWords = (request: ModelRequest, provider: Provider): ModelRequest => {
  const { schema, ...rest } = request
  if (schema === undefined) return request
  const words = `Answer with exactly one JSON value that fits this JSON Schema, and nothing around it:\n${JSON.stringify(schema.schema)}`
  const kept = provider.api === "openai" && provider.quirks.schemaAs === "json_object" ? { schema } : {}
  return { ...rest, ...kept, system: withSystem(request, words) }
}

const onlyTaken = (request: ModelRequest, { quirks }: Provider, takes: ReadonlyArray<ModelOption>): ModelRequest => {
  const { reasoning, session, temperature, topP, ...rest } = request
  return {
    ...rest,
    ...(session === undefined || quirks.cacheKey !== true ? {} : { session }),
    ...(temperature === undefined || !takes.includes("temperature") ? {} : { temperature }),
    ...(topP === undefined || !takes.includes("topP") ? {} : { topP }),
    ...(reasoning === undefined || !takes.includes("reasoning") ? {} : { reasoning })
  }
}

const isPictureFile = (part: Extract<PromptPart, { type: "file" }>): boolean =>
  part.mime.startsWith("image/") && part.text === undefined

const withoutPicture = (part: Part): ReadonlyArray<Part> => {
  if (part.type === "image") return [{ type: "text", text: leftOut("a picture") }]
  if (part.type === "file" && isPictureFile(part)) return [{ type: "text", text: leftOut(`the picture ${part.name}`) }]
  if (part.type !== "tool-result" || (part.images?.length ?? 0) === 0) return [part]
  const { images: _, ...result } = part
  return [{ ...result, text: `${part.text}\n${leftOut("a picture")}` }]
}

/** The same request with its pictures told in words. */
export const withoutPictures = (request: ModelRequest): ModelRequest => ({
  ...request,
  messages: request.messages.map(({ parts, role }): Message => ({ role, parts: parts.flatMap(withoutPicture) }))
})

/** Whether anything in a request is a picture. */
export const hasPictures = ({ messages }: ModelRequest): boolean =>
  messages.some(({ parts }) =>
    parts.some(
      (part) =>
        part.type === "image" ||
        (part.type === "file" && isPictureFile(part)) ||
        (part.type === "tool-result" && (part.images?.length ?? 0) > 0)
    )
  )

// Nobody said what an unknown model sees: it is tried, and told in words where it refuses.
const isBlind = (facts: Model): boolean => !facts.images && facts.from?.images !== undefined

/** The request as this endpoint takes it for this model. */
export const fitted = (request: ModelRequest, provider: Provider, facts: Model): ModelRequest => {
  const takes = takesOf(provider, facts)
  const taken = onlyTaken(request, provider, takes)
  const native = takes.includes("schema") && !notBesideTools(provider, request)
  const shaped = native ? taken : schemaInWords(taken, provider)
  return isBlind(facts) && hasPictures(shaped) ? withoutPictures(shaped) : shaped
}
