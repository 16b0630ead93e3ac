/** The commands below `models`. */
import { leaf, number, on, text, word } from "./spec.ts"
import { asJson, from, pick } from "./treeParts.ts"

/** `models` and what is below it. */
export const models = pick("models", "Models: list, info, refresh", [
  leaf(
    {
      name: "list",
      summary: "The models that can be used here; of one provider, those that it offers",
      flags: {
        search: text("search", "TEXT", "Only those with this in their name"),
        local: on("local", "Only those of servers of your own"),
        can: text("can", "LIST", "Only those that can all of this: tools,images,files,reasoning"),
        maxPrice: number("max-price", "Only those whose input costs at most so many US dollars per million tokens"),
        all: on("all", "Also those that cannot be used here yet"),
        format: asJson
      },
      operands: word("provider", "anthropic, openai, …")
    },
    (flags, call) =>
      from(
        () => import("./models.ts"),
        (it) => it.list(flags, call)
      )
  ),
  leaf(
    {
      name: "info",
      summary: "What is known of a model, and where it is from",
      flags: { format: asJson },
      operands: word("model", "provider/model", 1)
    },
    (flags, call) =>
      from(
        () => import("./models.ts"),
        (it) => it.info(flags, call)
      )
  ),
  leaf(
    {
      name: "refresh",
      summary: "Fetch a newer catalog of models and prices",
      flags: { url: text("url", "URL", "Where it is, in the format of models.dev; https://models.dev/api.json") }
    },
    (flags) =>
      from(
        () => import("./modelsRefresh.ts"),
        (it) => it.refresh(flags)
      )
  )
])
