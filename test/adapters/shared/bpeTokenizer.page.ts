/** The tokenizer that a page has, in a page. */
import { layerOf, o200k } from "../../../src/adapters/shared/publishedEncodings.ts"
import { tokenizerContract } from "../../ports/Tokenizer.contract.ts"
import { collect } from "../../support/contract.ts"

/** Runs the contract. */
export const run = () => collect(tokenizerContract, layerOf({ o200k_base: o200k }))
