/** HttpLanguageModel over the protocol `ollama`, in a page. */
import { collectIn } from "../../../support/protocols.ts"

/** Runs the contract. */
export const run = () => collectIn("ollama")
