/** Settings given as values, in a page. */
import * as MemoryConfigSource from "../../../src/adapters/memory/MemoryConfigSource.ts"
import { configSourceContract, contractConfig } from "../../ports/ConfigSource.contract.ts"
import { collect } from "../../support/contract.ts"

/** Runs the contract. */
export const run = () => collect(configSourceContract("/project"), MemoryConfigSource.layer(contractConfig))
