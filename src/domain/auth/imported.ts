/** What is taken over from another program's file of credentials in the same shape, and what not, and why. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { AuthEntry } from "../model/AuthEntry.ts"
import type { Entries } from "./accounts.ts"
import { notOffered } from "./unofficial.ts"

/** One entry of the other program: what it becomes here, or why nothing. */
export interface Offer {
  readonly name: string
  readonly taken?: { readonly provider: string; readonly entry: AuthEntry }
  readonly reason?: string
}

const readEntry = Schema.decodeUnknownOption(AuthEntry)

/** Providers that opencode calls otherwise. */
const renamed: ReadonlyMap<string, string> = new Map([
  ["togetherai", "together"],
  ["fireworks-ai", "fireworks"],
  ["amazon-bedrock", "bedrock"],
  ["google-vertex", "vertex"]
])

const whyNoSignIn = (name: string): string => {
  const forbidden = Object.hasOwn(notOffered, name) ? notOffered[name] : undefined
  if (forbidden !== undefined) return forbidden
  return name === "github-copilot"
    ? "Copilot is unofficial and needs your yes here: `code-mesh auth login copilot`."
    : "A sign-in belongs to the program that made it; sign in here."
}

const offerOf = (name: string, raw: unknown, stored: ReadonlySet<string>, replace: boolean): Offer => {
  const entry = Option.getOrUndefined(readEntry(raw))
  if (entry === undefined) return { name, reason: "It is of a kind that is not known here." }
  if (entry.type === "oauth") return { name, reason: whyNoSignIn(name) }
  const provider = renamed.get(name) ?? name
  return stored.has(provider) && !replace
    ? { name, reason: "A key is stored here already; --replace takes this one instead." }
    : { name, taken: { provider, entry } }
}

/** What becomes of each entry, sorted by name; `stored` are the providers that have a key here. */
export const offers = (
  theirs: Entries,
  { replace, stored }: { readonly stored: ReadonlySet<string>; readonly replace: boolean }
): ReadonlyArray<Offer> =>
  Object.entries(theirs)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, raw]) => offerOf(name, raw, stored, replace))
