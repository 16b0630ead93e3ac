/** The tool that searches the web with the engine that a person has configured. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Web, type WebResult } from "../../ports/Web.ts"
import { footprint } from "../model/Footprint.ts"
import { defineTool, ToolFailure } from "./Tool.ts"

const shown = ({ text, title, url }: WebResult, at: number): string =>
  [`${at + 1}. ${title === "" ? url : title}`, `   ${url}`, ...(text === "" ? [] : [`   ${text}`])].join("\n")

/** Searches the web. */
export const websearch = defineTool({
  name: "websearch",
  description: "Searches the web; answers titles, addresses and excerpts. Read a page with webfetch.",
  input: Schema.Struct({ query: Schema.String }),
  prepare: ({ query }) =>
    Effect.gen(function* () {
      const { engine, search } = yield* Web
      if (query.trim() === "") return yield* new ToolFailure({ kind: "invalid", reason: "The query is empty." })
      return {
        footprint: footprint({ net: Option.toArray(engine) }),
        preview: query,
        run: search(query).pipe(
          Effect.map((results) => ({
            output: results.length === 0 ? "Nothing was found." : results.map(shown).join("\n\n")
          })),
          Effect.mapError(({ kind, reason }) => new ToolFailure({ kind, reason: `The search failed: ${reason}` }))
        )
      }
    })
})
