/** A fake of the package node-llama-cpp: it plays answers, counts words for tokens, and keeps to no grammar that it is given. */
import type { LlamaAsked, LlamaItem, LlamaModule, LlamaPiece } from "../../src/adapters/node/llama/llamaModule.ts"

/** One answer: its pieces, then why it ended; or nothing until it is stopped. */
export interface FakeAnswer {
  readonly pieces?: ReadonlyArray<string | LlamaPiece>
  readonly stop?: string
  readonly hang?: boolean
  readonly fails?: Error
  /** Asks what is to be forgotten, as the real one does where the window is full. */
  readonly overflows?: boolean
}

const sized = (history: ReadonlyArray<LlamaItem>): ReadonlyArray<string> =>
  history.flatMap((item) => (item.type === "model" ? item.response : [item.text])).flatMap((text) => text.split(/\s+/))

const until = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener("abort", () => reject(signal.reason))
  })

/** The package, and what it was asked. */
export const fakeLlama = (
  answers: ReadonlyArray<FakeAnswer>,
  options: { readonly reads?: () => Promise<void> } = {}
) => {
  const seen = {
    asked: [] as Array<LlamaAsked & { readonly history: ReadonlyArray<LlamaItem> }>,
    grammars: [] as Array<string>,
    loaded: [] as Array<string>,
    windows: [] as Array<number>,
    slices: [] as Array<number>,
    engines: 0,
    disposed: 0,
    atOnce: 0,
    mostAtOnce: 0
  }
  let known = 0
  class LlamaChat {
    readonly chatWrapper = {
      generateContextState: ({ chatHistory }: { readonly chatHistory: ReadonlyArray<LlamaItem> }) => ({
        contextText: { tokenize: () => sized(chatHistory) }
      })
    }
    async generateResponse(history: ReadonlyArray<LlamaItem>, asked: LlamaAsked) {
      const { fails, hang, overflows, pieces = [], stop = "eogToken" } = answers[seen.asked.length] ?? {}
      seen.asked.push({ ...asked, history })
      seen.atOnce += 1
      seen.mostAtOnce = Math.max(seen.mostAtOnce, seen.atOnce)
      try {
        known = sized(history).length
        for (const piece of pieces) {
          asked.signal.throwIfAborted()
          asked.onResponseChunk(typeof piece === "string" ? { type: undefined, text: piece } : piece)
          await Promise.resolve()
        }
        if (overflows === true) asked.contextShift.strategy()
        if (fails !== undefined) throw fails
        if (hang === true) await until(asked.signal)
        return { metadata: { stopReason: stop } }
      } finally {
        seen.atOnce -= 1
      }
    }
  }
  const sequence = {
    nextTokenIndex: 0,
    adaptStateToTokens: async () => {
      sequence.nextTokenIndex = 0
    },
    evaluateWithoutGeneratingNewTokens: async (tokens: ReadonlyArray<unknown>) => {
      seen.slices.push(tokens.length)
      sequence.nextTokenIndex += tokens.length
      await options.reads?.()
    },
    tokenMeter: {
      getState: () => ({}),
      diff: () => ({ usedInputTokens: Math.min(known, 5), usedOutputTokens: 7 })
    }
  }
  const module: LlamaModule = {
    LlamaChat,
    getLlama: async () => {
      seen.engines += 1
      return {
        gpu: false,
        loadModel: async ({ modelPath }) => {
          seen.loaded.push(modelPath)
          return {
            tokenizer: {},
            createContext: async ({ contextSize }) => {
              seen.windows.push(contextSize)
              return { contextSize, getSequence: () => sequence }
            }
          }
        },
        createGrammar: async ({ grammar }) => {
          seen.grammars.push(grammar)
          return { grammar }
        },
        dispose: async () => {
          seen.disposed += 1
        }
      }
    }
  }
  return { seen, module }
}
