/** From a call as the model wrote it to a tool and its input. */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { type AnyTool, ToolFailure } from "../tools/Tool.ts"
import type { Call } from "./step.ts"

/** The most characters of a tool's output that a model reads. */
export const outputLimit = 40_000

/** Decodes a call's input for its tool; what is wrong with it is told so that a model can mend it. */
export const decodeInput = (tool: AnyTool, text: string): Either.Either<never, ToolFailure> => {
  const parsed = Either.try({
    try: (): unknown => (text.trim() === "" ? {} : JSON.parse(text)),
    catch: (cause) =>
      new ToolFailure({
        kind: "invalid",
        reason: `The input is invalid JSON (${String(cause).replace(/^SyntaxError: /, "")}). Send the call again with valid JSON.`
      })
  })
  return Either.flatMap(parsed, (value) =>
    Either.mapLeft(
      Schema.decodeUnknownEither(tool.input)(value) as Either.Either<never, ParseResult.ParseError>,
      (error) =>
        new ToolFailure({
          kind: "invalid",
          reason: `The input does not fit the tool: ${ParseResult.ArrayFormatter.formatErrorSync(error)
            .slice(0, 5)
            .map((issue) => `${issue.path.join(".") || "input"}: ${issue.message}`)
            .join("; ")}`
        })
    )
  )
}

/** The tool that a call names, or the names of those that there are. */
export const findTool = (tools: ReadonlyArray<AnyTool>, call: Call): Either.Either<AnyTool, ToolFailure> =>
  Either.fromNullable(
    tools.find((tool) => tool.name === call.name),
    () =>
      new ToolFailure({
        kind: "no_such_tool",
        reason: `There is no tool ${JSON.stringify(call.name)}. There are: ${tools.map((tool) => tool.name).join(", ")}.`
      })
  )
