/** One answer of a model in the process: what it reads, what shapes it, and what it tells. */
import type { StopReason } from "../../../domain/model/Message.ts"
import { ModelError, type ModelPart, type ModelRequest } from "../../../ports/LanguageModel.ts"
import { callGrammar, valueGrammar } from "./callGrammar.ts"
import { llamaHistory } from "./llamaHistory.ts"
import type { LlamaEngine, LlamaSequence, LlamaTalk, LlamaWeights } from "./llamaModule.ts"
import { type Reading, readPiece, readWhole, unread } from "./saidOrCalled.ts"

/** A model that is ready to answer. */
export interface Ready {
  readonly engine: LlamaEngine
  readonly weights: LlamaWeights
  readonly sequence: LlamaSequence
  readonly talk: LlamaTalk
  readonly window: number
}

/** The tokens that an answer must have room for. */
const leastAnswer = 16

/** How many tokens the answer may have, and which limit that is; fails where the request itself fills the window. */
const roomFor = (request: ModelRequest, tokens: number, window: number) => {
  const left = window - tokens - 2
  if (left < leastAnswer)
    throw new ModelError({
      kind: "too_long",
      model: request.model,
      reason: `the request takes ${tokens} tokens of a window of ${window}`,
      remedy: "Start a new session, or choose a model with a larger window."
    })
  const wanted = request.maxOutput ?? left
  const limit: StopReason = wanted <= left ? "max_tokens" : "context_full"
  return { most: Math.min(wanted, left), limit }
}

const stopOf = (said: string, limit: StopReason, calls: boolean): StopReason =>
  said === "maxTokens" ? limit : calls ? "tool_use" : "end_turn"

/** What the words of an answer are read with: as they are, or as what the grammar allowed. */
const reader = (shaped: boolean, tell: (parts: ReadonlyArray<ModelPart>) => void) => {
  let reading: Reading = unread
  let thought = ""
  return {
    piece: (type: "segment" | undefined, text: string): void => {
      if (text === "") return
      if (type === "segment") {
        thought += text
        tell([{ type: "reasoning-delta", text }])
      } else if (shaped) {
        const [next, parts] = readPiece(reading, text)
        reading = next
        tell(parts)
      } else {
        reading = { text: reading.text + text, told: 0 }
        tell([{ type: "text-delta", text }])
      }
    },
    whole: (): ReadonlyArray<ModelPart> => {
      const words = shaped
        ? readWhole(reading)
        : reading.text === ""
          ? []
          : [{ type: "text" as const, text: reading.text }]
      return [...(thought === "" ? [] : [{ type: "reasoning" as const, text: thought }]), ...words]
    }
  }
}

const grammarOf = (request: ModelRequest): string | undefined =>
  request.tools.length > 0
    ? callGrammar(request.tools)
    : request.schema === undefined
      ? undefined
      : valueGrammar(request.schema.schema)

/**
 * Reads a prompt but for its last token, slice by slice: the engine itself heeds no signal until it has read all, which
 * takes a processor minutes.
 */
const readPrompt = async (
  sequence: LlamaSequence,
  tokens: ReadonlyArray<unknown>,
  { signal, slice }: { readonly signal: AbortSignal; readonly slice: number }
): Promise<void> => {
  await sequence.adaptStateToTokens(tokens.slice(0, -1), false)
  for (let at = sequence.nextTokenIndex; at < tokens.length - 1; at = sequence.nextTokenIndex) {
    signal.throwIfAborted()
    await sequence.evaluateWithoutGeneratingNewTokens(tokens.slice(at, Math.min(at + slice, tokens.length - 1)))
  }
  signal.throwIfAborted()
}

/** One answer, told piece by piece; rejects where the signal says so. */
export const llamaAnswer = async (
  { engine, sequence, talk, weights, window }: Ready,
  request: ModelRequest,
  signal: AbortSignal,
  tell: (parts: ReadonlyArray<ModelPart>) => void
): Promise<void> => {
  const history = llamaHistory(request)
  const state = talk.chatWrapper.generateContextState({ chatHistory: history })
  const read = state.contextText.tokenize(weights.tokenizer)
  const tokens = read.length
  const { limit, most } = roomFor(request, tokens, window)
  const grammar = grammarOf(request)
  const made = grammar === undefined ? {} : { grammar: await engine.createGrammar({ grammar }) }
  const { piece, whole } = reader(request.tools.length > 0, tell)
  const before = sequence.tokenMeter.getState()
  await readPrompt(sequence, read, { signal, slice: engine.gpu === false ? 32 : 512 })
  const { metadata } = await talk.generateResponse(history, {
    signal,
    maxTokens: most,
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    ...(request.topP === undefined ? {} : { topP: request.topP }),
    ...made,
    onResponseChunk: ({ text, type }) => piece(type, text),
    contextShift: {
      // What no longer fits must be known to whoever asked, never be forgotten in silence.
      strategy: () => {
        throw new ModelError({
          kind: "too_long",
          model: request.model,
          reason: `the request and its answer do not fit a window of ${window} tokens`
        })
      }
    }
  })
  const used = sequence.tokenMeter.diff(before)
  const input = Math.min(used.usedInputTokens, tokens)
  const parts = whole()
  const stop = stopOf(
    metadata.stopReason,
    limit,
    parts.some((part) => part.type === "call")
  )
  const usage = { input, output: used.usedOutputTokens, cacheRead: tokens - input, cacheWrite: 0 }
  tell([...parts, { type: "finish", stop, usage }])
}
