/** What is used of the package `node-llama-cpp`, which whoever wants a model in the process installs beside code-mesh. */

/** A piece of an answer while it is made; a segment holds what the model thinks. */
export interface LlamaPiece {
  readonly type: "segment" | undefined
  readonly text: string
}

/** One message, as the package has it. */
export type LlamaItem =
  | { readonly type: "system" | "user"; readonly text: string }
  | { readonly type: "model"; readonly response: ReadonlyArray<string> }

/** How an answer is to be made. */
export interface LlamaAsked {
  readonly signal: AbortSignal
  readonly maxTokens: number
  readonly temperature?: number
  readonly topP?: number
  readonly grammar?: object
  readonly onResponseChunk: (piece: LlamaPiece) => void
  /** Called where the window is full: it would say what is to be forgotten. */
  readonly contextShift: { readonly strategy: () => never }
}

/** The room that one conversation has in memory; it keeps what it has read of it. */
export interface LlamaSequence {
  /** How many tokens it has read. */
  readonly nextTokenIndex: number
  /** Forgets all but what these tokens begin with. */
  readonly adaptStateToTokens: (tokens: ReadonlyArray<unknown>, allowShift: boolean) => Promise<void>
  readonly evaluateWithoutGeneratingNewTokens: (tokens: ReadonlyArray<unknown>) => Promise<unknown>
  readonly tokenMeter: {
    readonly getState: () => object
    readonly diff: (before: object) => { readonly usedInputTokens: number; readonly usedOutputTokens: number }
  }
}

/** A conversation in that room. */
export interface LlamaTalk {
  readonly chatWrapper: {
    readonly generateContextState: (options: { readonly chatHistory: ReadonlyArray<LlamaItem> }) => {
      readonly contextText: { readonly tokenize: (tokenizer: object) => ReadonlyArray<unknown> }
    }
  }
  readonly generateResponse: (
    history: ReadonlyArray<LlamaItem>,
    asked: LlamaAsked
  ) => Promise<{ readonly metadata: { readonly stopReason: string } }>
}

/** A model that is loaded. */
export interface LlamaWeights {
  readonly tokenizer: object
  readonly createContext: (options: {
    readonly contextSize: number
    readonly sequences: number
    readonly failedCreationRemedy: false
  }) => Promise<{ readonly contextSize: number; readonly getSequence: () => LlamaSequence }>
}

/** The engine. */
export interface LlamaEngine {
  /** What it computes on; `false` for the processor alone. */
  readonly gpu: string | false
  readonly loadModel: (options: { readonly modelPath: string }) => Promise<LlamaWeights>
  readonly createGrammar: (options: { readonly grammar: string }) => Promise<object>
  readonly dispose: () => Promise<void>
}

/** The package. */
export interface LlamaModule {
  readonly getLlama: (options: {
    readonly build: "never"
    readonly skipDownload: true
    readonly progressLogs: false
    readonly maxThreads: number
    readonly logger: () => void
  }) => Promise<LlamaEngine>
  readonly LlamaChat: new (options: { readonly contextSequence: LlamaSequence }) => LlamaTalk
}

/** The version that this was tried with. */
export const llamaVersion = "3.22.1"

// Not a literal: nobody who builds or checks this program has to have it.
const name: string = "node-llama-cpp"

/** Loads the package; rejects where it is not installed. */
export const loadLlama = (): Promise<LlamaModule> => {
  // The command line's own files come from a code cache and cannot import; what starts them does it for them.
  const importer: unknown = Reflect.get(globalThis, Symbol.for("code-mesh/import"))
  return typeof importer === "function" ? importer(name) : import(name)
}

/** Whether a package is missing, and not just broken. */
export const isMissingPackage = (error: unknown): boolean =>
  error instanceof Error && "code" in error && /MODULE_NOT_FOUND$/.test(String(error.code))
