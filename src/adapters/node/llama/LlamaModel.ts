/** LanguageModel inside the process: a GGUF file and `node-llama-cpp`, with no server, no key and no network. */
import { stat } from "node:fs/promises"
import { availableParallelism } from "node:os"
import { join, resolve } from "node:path"
import { setTimeout } from "node:timers/promises"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type Model, type ModelName, modelOf } from "../../../domain/model/Model.ts"
import { type LanguageModel, ModelError, type ModelPart, type ModelRequest } from "../../../ports/LanguageModel.ts"
import { ggufHeader } from "./ggufHeader.ts"
import { llamaAnswer, type Ready } from "./llamaAnswer.ts"
import { isMissingPackage, type LlamaEngine, type LlamaModule, llamaVersion, loadLlama } from "./llamaModule.ts"

/** Where models in files are, and how they are run. */
export interface LlamaOptions {
  /** The project's root, for relative paths. */
  readonly root: string
  /** The person's home folder, for paths that begin with `~/`. */
  readonly home: string
  /** Tokens of the window; 32,768 where absent, and never more than the file says. */
  readonly window?: number
  /** The models to offer. */
  readonly models: ReadonlyArray<ModelName>
  /** Loads the package; the installed one where absent. */
  readonly load?: () => Promise<LlamaModule>
}

// What most machines have the memory for.
const usualWindow = 32_768

const failed = (model: string, kind: ModelError["kind"], reason: string, remedy?: string): ModelError =>
  new ModelError({ kind, model, reason, ...(remedy === undefined ? {} : { remedy }) })

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).replace(/\.$/, "")

const noFile = (model: string, path: string, error: unknown): ModelError => {
  const missing = error instanceof Error && "code" in error && error.code === "ENOENT"
  return failed(
    model,
    "missing_model",
    missing ? `there is no file ${path}` : `${path} cannot be used: ${wordsOf(error)}`,
    "Name a .gguf file after local/: its whole path, one that begins with ~/, or one from the project's root."
  )
}

const noEngine = (model: string, error: unknown): ModelError =>
  isMissingPackage(error)
    ? failed(
        model,
        "unconfigured",
        "models in the process need the package node-llama-cpp, which is not installed",
        `Install it where code-mesh is: npm install (--global) node-llama-cpp@${llamaVersion}`
      )
    : failed(model, "unconfigured", `node-llama-cpp cannot be used here: ${wordsOf(error)}`)

/** One thing after the other, whoever has left meanwhile. */
const queue = () => {
  let last: Promise<unknown> = Promise.resolve()
  return {
    run: <A>(task: () => Promise<A>): Promise<A> => {
      const next = last.then(task)
      last = next.catch(() => {})
      return next
    },
    idle: (): Promise<unknown> => last
  }
}

/** The engine, and the models that it has loaded. */
const library = (options: LlamaOptions) => {
  const load = options.load ?? loadLlama
  let begun: Promise<readonly [LlamaModule, LlamaEngine]> | undefined
  const start = async (): Promise<readonly [LlamaModule, LlamaEngine]> => {
    const module = await load()
    // Never builds or downloads anything. One processor is left to this program: threads that wait for each other's
    // turn stop a machine that has none to spare.
    const maxThreads = Math.max(1, availableParallelism() - 1)
    const quiet = { build: "never", skipDownload: true, progressLogs: false, logger: () => {} } as const
    return [module, await module.getLlama({ ...quiet, maxThreads })]
  }
  const ready = new Map<string, Promise<Ready>>()
  const open = async (path: string, { context, name }: Model): Promise<Ready> => {
    begun ??= start()
    const [module, engine] = await begun.catch((error: unknown) => {
      begun = undefined
      throw noEngine(name, error)
    })
    const weights = await engine.loadModel({ modelPath: path })
    const room = await weights.createContext({ contextSize: context, sequences: 1, failedCreationRemedy: false })
    const sequence = room.getSequence()
    const talk = new module.LlamaChat({ contextSequence: sequence })
    return { engine, weights, sequence, talk, window: room.contextSize }
  }
  return {
    model: (path: string, facts: Model): Promise<Ready> => {
      const known = ready.get(path) ?? open(path, facts)
      ready.set(path, known)
      // Whoever asks next may find what was missing.
      known.catch(() => ready.delete(path))
      return known
    },
    close: async (): Promise<void> => {
      const engine = await begun?.catch(() => undefined)
      await engine?.[1].dispose()
    }
  }
}

/** The models in files; what is loaded stays so until the scope closes. */
export const make = (options: LlamaOptions): Effect.Effect<LanguageModel["Type"], never, Scope.Scope> =>
  Effect.gen(function* () {
    const books = library(options)
    const turns = queue()
    const leaving = new AbortController()
    yield* Effect.addFinalizer(() =>
      Effect.promise(async () => {
        leaving.abort()
        const closed = turns.idle().then(books.close)
        // The engine stops only between two batches of a long prompt: whoever leaves need not see that.
        await Promise.race([closed, setTimeout(1000, undefined, { ref: false })])
      })
    )
    const pathOf = (model: ModelName): string => {
      const named = modelOf(model)
      return named.startsWith("~/") ? join(options.home, named.slice(2)) : resolve(options.root, named)
    }
    const known = new Map<string, Model>()
    const describe = (name: ModelName): Effect.Effect<Model, ModelError> =>
      Effect.tryPromise({
        try: async () => {
          const path = pathOf(name)
          const { mtimeMs, size } = await stat(path)
          const key = `${name} ${mtimeMs} ${size}`
          const before = known.get(key)
          if (before !== undefined) return before
          const facts = factsOf(name, (await ggufHeader(path)).context, options.window)
          known.set(key, facts)
          return facts
        },
        catch: (error) => noFile(name, pathOf(name), error)
      })
    const asked = (request: ModelRequest, facts: Model) =>
      Stream.asyncPush<ModelPart, ModelError>(
        (emit) =>
          Effect.acquireRelease(
            Effect.sync(() => {
              const stopped = new AbortController()
              const signal = AbortSignal.any([stopped.signal, leaving.signal])
              turns
                .run(async () => {
                  signal.throwIfAborted()
                  const ready = await books.model(pathOf(request.model), facts)
                  signal.throwIfAborted()
                  await llamaAnswer(ready, request, signal, (parts) => emit.array(parts))
                })
                .then(
                  () => emit.end(),
                  (error: unknown) => emit.fail(faultOf(request.model, error))
                )
              return stopped
            }),
            // The engine stops at its next token; nobody waits for that but the next who asks.
            (stopped) => Effect.sync(() => stopped.abort())
          ),
        { bufferSize: "unbounded" }
      )
    return {
      stream: (request) => Stream.unwrap(Effect.map(describe(request.model), (facts) => asked(request, facts))),
      describe,
      available: Effect.map(
        Effect.forEach(options.models, (name) => Effect.option(describe(name))),
        (found) => found.flatMap((model) => (model._tag === "Some" ? [model.value] : []))
      )
    }
  })

const factsOf = (name: ModelName, made: number, wanted = usualWindow): Model => {
  const context = Math.min(made, wanted)
  return { name, context, output: Math.floor(context / 4), images: false, reasoning: false, tools: true }
}

const faultOf = (model: string, error: unknown): ModelError =>
  error instanceof ModelError ? error : failed(model, "invalid", `the model in the process failed: ${wordsOf(error)}`)
