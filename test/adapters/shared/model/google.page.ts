/** HttpLanguageModel over the protocol `google`, in a page. */
import { collectIn } from "../../../support/protocols.ts"

/** Runs the contract. */
export const run = () => collectIn("google")
