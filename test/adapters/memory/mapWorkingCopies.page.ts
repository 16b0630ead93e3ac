/** The contract of working copies in maps, in a page. */
import { workingCopiesContract } from "../../ports/WorkingCopies.contract.ts"
import { collect } from "../../support/contract.ts"
import { place } from "../../support/mapCopies.ts"

/** Runs the contract. */
export const run = () => collect(workingCopiesContract, place)
