/** From the bytes of an answer to its parts: events, their JSON, the protocol's fold, and how it ended. */
import type { ToolSpec } from "../../../domain/model/Call.ts"
import type { ModelError, ModelPart } from "../../../ports/LanguageModel.ts"
import { type Answer, emptyAnswer, type Step, settle } from "./answer.ts"
import { bodyFault, brokenOff, type Origin, streamFault } from "./fault.ts"
import { isRecord, parseJson, textAt } from "./fields.ts"
import { makeLineParser, makeSseParser, type SseEvent } from "./sse.ts"
import { withTextCalls } from "./textCalls.ts"

/** What some bytes brought. `over` ends the answer: whole, or with an error. */
export interface Fed {
  readonly parts: ReadonlyArray<ModelPart>
  readonly over?: "done" | ModelError
}

/** Reads one answer. */
export interface Decoder {
  readonly push: (bytes: Uint8Array) => Fed
  /** The stream is over, for the reason given where it was cut. */
  readonly end: (why?: string) => Fed
  /** Whether it is known why the answer ended, so that only counts can follow. */
  readonly ending: () => boolean
}

/** What a decoder needs to know. `textTools` are the tools that may be called in plain text. */
export interface DecoderOptions {
  readonly origin: Origin
  readonly fold: (state: Answer, event: unknown) => Step
  readonly textTools: ReadonlyArray<ToolSpec>
  /** The stream is one JSON value a line, and not server-sent events. */
  readonly lines?: boolean
}

const maxEvent = 32 * 1024 * 1024
const maxPlain = 8 * 1024 * 1024

const valueOf = (event: SseEvent): unknown => {
  if (event.data.trim() === "[DONE]") return "[DONE]"
  const value = parseJson(event.data)
  const name = event.event
  return isRecord(value) && name !== undefined && value.type === undefined ? { ...value, type: name } : value
}

/** A decoder at the start of an answer. */
export const makeDecoder = (options: DecoderOptions): Decoder => {
  const { fold, lines = false, origin, textTools } = options
  const parser = lines ? makeLineParser() : makeSseParser()
  const plain = { bytes: new TextDecoder(), text: "" }
  let mode: "unknown" | "events" | "plain" = "unknown"
  let state = emptyAnswer

  const whole = (parts: ReadonlyArray<ModelPart>, otherwise: () => ModelError): Fed => {
    const rest = settle(state)
    if (rest === undefined) return { parts, over: otherwise() }
    return { parts: withTextCalls([...parts, ...rest], textTools), over: "done" }
  }
  const unfinished = () => brokenOff(origin, "the answer ended without saying why")
  const take = (event: SseEvent): Fed => {
    const value = valueOf(event)
    const step = value === undefined ? { state, parts: [] } : fold(state, value)
    state = step.state
    if (step.fault !== undefined) return { parts: step.parts, over: streamFault(step.fault, origin) }
    if (step.done === true) return whole(step.parts, unfinished)
    if (event.event === "error")
      return { parts: [], over: streamFault({ message: textAt(value, "message") ?? event.data }, origin) }
    if (value === undefined && event.data.trim() !== "")
      return { parts: [], over: brokenOff(origin, "an event of the stream is not JSON") }
    return step
  }
  const takeAll = (events: ReadonlyArray<SseEvent>): Fed => {
    const parts: Array<ModelPart> = []
    for (const event of events) {
      const fed = take(event)
      for (const part of fed.parts) parts.push(part)
      if (fed.over !== undefined) return { parts, over: fed.over }
    }
    return { parts }
  }
  // A stream of events never begins with `{` or `<`: that is JSON in one piece, an error, or a page of HTML.
  const sniff = (bytes: Uint8Array): void => {
    const first = bytes.find((byte) => byte > 0x20 && byte !== 0xef && byte !== 0xbb && byte !== 0xbf)
    if (first !== undefined && lines) mode = first === 0x3c ? "plain" : "events"
    else if (first !== undefined) mode = first === 0x7b || first === 0x5b || first === 0x3c ? "plain" : "events"
  }
  const endPlain = (): Fed => {
    const value = parseJson(plain.text)
    // Gemini sends a list of its chunks where a proxy lost the wish for events.
    const chunks: ReadonlyArray<unknown> = Array.isArray(value) ? value : [value]
    const parts: Array<ModelPart> = []
    for (const chunk of chunks) {
      if (!isRecord(chunk) || (chunk.error !== undefined && chunk.error !== null)) break
      const step = fold(state, chunk)
      state = step.state
      parts.push(...step.parts)
      if (step.fault !== undefined) return { parts, over: streamFault(step.fault, origin) }
      if (step.done === true) return whole(parts, unfinished)
    }
    return { parts, over: bodyFault(plain.text, origin) }
  }
  return {
    ending: () => state.stop !== undefined,
    push: (bytes) => {
      if (mode === "unknown") sniff(bytes)
      if (mode === "plain") {
        plain.text += plain.bytes.decode(bytes, { stream: true })
        return plain.text.length > maxPlain ? endPlain() : { parts: [] }
      }
      const fed = takeAll(parser.push(bytes))
      if (fed.over !== undefined || parser.pending() <= maxEvent) return fed
      return { parts: fed.parts, over: brokenOff(origin, "one event is larger than 32 MiB") }
    },
    end: (why) => {
      if (mode === "plain") return endPlain()
      const fed = takeAll(parser.end())
      if (fed.over !== undefined) return fed
      return whole(fed.parts, () => brokenOff(origin, why ?? "the connection closed before the answer was complete"))
    }
  }
}
