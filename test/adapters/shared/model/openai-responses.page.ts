/** HttpLanguageModel over the protocol `openai-responses`, in a page. */
import { collectIn } from "../../../support/protocols.ts"

/** Runs the contract. */
export const run = () => collectIn("openai-responses")
