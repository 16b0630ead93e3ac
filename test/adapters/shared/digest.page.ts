/** WebDigest's contract, in a page. */
import * as WebDigest from "../../../src/adapters/shared/WebDigest.ts"
import { digestContract } from "../../ports/Digest.contract.ts"
import { collect } from "../../support/contract.ts"

/** Runs the contract. */
export const run = () => collect(digestContract, WebDigest.layer)
