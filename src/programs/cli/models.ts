/** `models list|info`. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import type { Model } from "../../domain/model/Model.ts"
import { LanguageModel } from "../../ports/LanguageModel.ts"
import { Io } from "./Io.ts"
import { CliError, exit } from "./report.ts"
import { modelNamed } from "./runOptions.ts"
import type { Invocation } from "./spec.ts"
import { jsonText, table } from "./words.ts"
import { inWorld } from "./world.ts"

type Format = { readonly format: Option.Option<"text" | "json"> }

const price = (model: Model): string =>
  model.price === undefined ? "-" : `${model.price.input} / ${model.price.output}`

const can = (model: Model): string =>
  [model.tools ? "tools" : "", model.images ? "images" : "", model.reasoning ? "reasoning" : ""]
    .filter((word) => word !== "")
    .join(" ")

/** The models that can be used here, and which one is the default. */
export const list = (flags: Format, call: Invocation) =>
  inWorld(call, {}, (root) =>
    Effect.gen(function* () {
      const io = yield* Io
      const mesh = yield* CodeMesh
      const { config } = yield* mesh.settings(root)
      const models = yield* (yield* LanguageModel).available
      if (Option.contains(flags.format, "json")) {
        yield* io.out(jsonText(models))
        return exit.done
      }
      if (models.length === 0)
        return yield* Effect.fail(
          new CliError(
            "No model can be used yet.",
            "Store a key with `code-mesh auth login`, or start Ollama.",
            exit.noModel
          )
        )
      const chosen = config.model?.default ?? models[0]?.name
      const rows = models.map((model) => [
        model.name === chosen ? "*" : " ",
        model.name,
        String(model.context),
        String(model.output),
        price(model),
        can(model)
      ])
      yield* io.out(table([["", "model", "window", "output", "USD/M in/out", "can"], ...rows]))
      return exit.done
    })
  )

/** What is known of a model. */
export const info = (flags: Format, call: Invocation) =>
  inWorld(call, {}, () =>
    Effect.gen(function* () {
      const io = yield* Io
      const name = yield* modelNamed(call.operands[0] ?? "")
      const model = yield* (yield* LanguageModel).describe(name)
      if (Option.contains(flags.format, "json")) yield* io.out(jsonText(model))
      else
        yield* io.out(
          table([
            ["model:", model.name],
            ["window:", `${model.context} tokens`],
            ["output:", `${model.output} tokens`],
            ["USD per million in/out:", price(model)],
            ["can:", can(model)]
          ])
        )
      return exit.done
    })
  )
