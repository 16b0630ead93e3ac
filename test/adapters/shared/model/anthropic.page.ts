/** HttpLanguageModel over the protocol `anthropic`, in a page. */
import { collectIn } from "../../../support/protocols.ts"

/** Runs the contract. */
export const run = () => collectIn("anthropic")
